"""Tokens of addresses that open something by themselves: only a digest is kept of them."""

from __future__ import annotations

import hashlib


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
