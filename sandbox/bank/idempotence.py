"""The same key and the same request make one object; the bank remembers them for 24 hours."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from sandbox.bank.bank import Bank
from sandbox.bank.errors import invalid
from sandbox.bank.records import UsedKey
from sandbox.bank.shops import Shop

REMEMBERED = 24 * 3600 * 1000
HEADER = "Idempotence-Key"
LONGEST = 64


def check_key(key: str | None) -> str:
    """Return the key of a request.

    :raises ApiError: there is none, or it is too long.
    """
    if not key:
        raise invalid("Idempotence key is missing", HEADER)
    if len(key) > LONGEST:
        raise invalid(
            "Idempotence key is too long. Send the value in accordance with the documentation",
            HEADER,
        )
    if not re.fullmatch(r"[0-9a-zA-Z+\-_.,:]+", key):
        raise invalid("Idempotence key has a wrong character", HEADER)
    return key


def fingerprint(path: str, body: Any) -> str:
    text = json.dumps([path, body], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def find_made(bank: Bank, shop: Shop, key: str, request: str) -> UsedKey | None:
    """Return what the key has made, or None for a new key.

    :raises ApiError: the key has made something else.
    """
    used = bank.keys.get(f"{shop.id}:{key}")
    if used is None or bank.clock.now() - used.at >= REMEMBERED:
        return None
    if used.request != request:
        raise invalid("Idempotence key duplicated", HEADER)
    return used


def remember(bank: Bank, shop: Shop, key: str, *, request: str, made: tuple[str, str]) -> None:
    kind, object_id = made
    bank.add_key(
        UsedKey(
            id=f"{shop.id}:{key}",
            request=request,
            kind=kind,
            object_id=object_id,
            at=bank.clock.now(),
        )
    )
