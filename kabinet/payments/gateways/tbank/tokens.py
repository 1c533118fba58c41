"""The signature of requests and notifications (facts §3.9)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any


def token_of(fields: Mapping[str, Any], password: str) -> str:
    """Hash the values of the root scalars and the password, sorted by name; nested objects take no part."""
    texts = {
        name: _text(value)
        for name, value in fields.items()
        if name != "Token" and isinstance(value, (str, int))
    }
    texts["Password"] = password
    joined = "".join(texts[name] for name in sorted(texts))
    return hashlib.sha256(joined.encode()).hexdigest()


def is_signed(fields: Mapping[str, Any], password: str) -> bool:
    """Compare in a time that tells nothing about the right signature."""
    told = str(fields.get("Token", "")).encode(errors="replace")
    return hmac.compare_digest(told, token_of(fields, password).encode())


def _text(value: str | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
