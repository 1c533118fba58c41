"""Texts that a person accepts before a card is saved or an autopay goes on (IDN-18, PAY-41, facts §3.4).

A provider's own text comes from ``PaymentHelp``; one without has the text that stands in ``legal``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CARD_OFFER = "card-offer"
AUTOPAY_OFFER = "autopay-offer"
_FOLDER = Path(__file__).parent / "legal"


@dataclass(frozen=True, slots=True)
class Offer:
    """``url`` is where the bank keeps its own public offer; empty where the provider has named none."""

    text: str
    url: str = ""

    @property
    def paragraphs(self) -> Sequence[str]:
        parts = self.text.replace("\r\n", "\n").split("\n\n")
        return [" ".join(part.split()) for part in parts if part.strip()]

    @property
    def whole(self) -> str:
        """All that is accepted, as it is kept."""
        return "\n\n".join([*self.paragraphs, *([self.url] if self.url else [])])

    @property
    def digest(self) -> str:
        """Which version it is."""
        return hashlib.sha256(self.whole.encode()).hexdigest()


@cache
def common(kind: str) -> str:
    return (_FOLDER / f"{kind}.txt").read_text(encoding="utf-8").strip()
