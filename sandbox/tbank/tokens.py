"""The signature of requests and notifications.

Values of the root scalar fields plus the terminal's password, sorted by name, joined and hashed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any


def token(fields: Mapping[str, Any], password: str) -> str:
    """Return the Token these fields must carry; nested objects and the Token itself take no part."""
    signed = {
        name: text_of(value)
        for name, value in fields.items()
        if name != "Token" and isinstance(value, (str, int, float))
    }
    signed["Password"] = password
    joined = "".join(signed[name] for name in sorted(signed))
    return hashlib.sha256(joined.encode()).hexdigest()


def signed(fields: Mapping[str, Any], password: str) -> dict[str, Any]:
    return {**fields, "Token": token(fields, password)}


def is_genuine(fields: Mapping[str, Any], password: str) -> bool:
    return hmac.compare_digest(
        str(fields.get("Token", "")).lower().encode(), token(fields, password).encode()
    )


def text_of(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
