"""Texts that a person accepts before a card is saved or an autopay goes on (IDN-18, PAY-41, facts §3.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

CARD_OFFER = "card-offer"
AUTOPAY_OFFER = "autopay-offer"
_FOLDER = Path(__file__).parent / "legal"


@cache
def text_of(offer: str) -> str:
    return (_FOLDER / f"{offer}.txt").read_text(encoding="utf-8").strip()


def paragraphs_of(offer: str) -> Sequence[str]:
    return [" ".join(part.split()) for part in text_of(offer).split("\n\n")]


def digest(offer: str) -> str:
    """Which text was accepted: goes into the audit trail beside who, when and from where."""
    return hashlib.sha256(text_of(offer).encode()).hexdigest()
