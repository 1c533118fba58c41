"""The one definition of how a PIN is kept (OPX-11): the import writes it in SQL, the proof compares it in Python."""

from __future__ import annotations

import hashlib


def normal_pin(pin: str) -> str:
    return pin.strip().upper()


def pin_digest(*, key: str, account_number: str, pin: str) -> str:
    """Give the keyed digest of an account's PIN; equal PINs of different accounts differ."""
    text = f"{key}\x1f{account_number}\x1f{normal_pin(pin)}"
    return hashlib.sha256(text.encode()).hexdigest()


# The same over a staged row whose PIN has been brought to its normal form when it was read.
PIN_DIGEST_SQL = (
    "CASE WHEN {} IS NULL THEN '' ELSE encode(sha256(convert_to("
    "%(pin_key)s || chr(31) || s.number || chr(31) || {}, 'UTF8')), 'hex') END"
)
