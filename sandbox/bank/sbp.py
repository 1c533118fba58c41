"""Faster payments: the pretended banks and the text inside the QR.

The text has the form of a real one (32 characters, kopecks, CRC), but its host is this program:
an id of the real payment system can be issued by that system alone.
"""

from __future__ import annotations

import binascii
import secrets
from dataclasses import dataclass

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
PAYEE_BANK = "100000000999"
"""Nobody's id in the payment system."""


@dataclass(frozen=True, slots=True)
class Bank:
    id: str
    name: str
    bic: str


BANKS = (
    Bank("100000000901", "Берёза Банк", "044525901"),
    Bank("100000000902", "Озёрный банк", "044525902"),
    Bank("100000000903", "Северный кредит", "044525903"),
    Bank("100000000904", "Ромашка Банк", "044525904"),
)
BANK_BY_ID = {bank.id: bank for bank in BANKS}


def new_qr_id() -> str:
    """Return the id of a dynamic QR: it is paid once."""
    return "AD" + "".join(secrets.choice(ALPHABET) for _place in range(30))


def payload(*, base: str, qr_id: str, kopecks: int) -> str:
    """Return the text to draw as a QR or to open on a phone."""
    text = f"{base}/sbp/{qr_id}?type=02&bank={PAYEE_BANK}&sum={kopecks}&cur=RUB"
    return f"{text}&crc={checksum(text)}"


def checksum(text: str) -> str:
    """CRC-16/CCITT-FALSE of everything before ``&crc=``."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def new_operation_id() -> str:
    return secrets.token_hex(16).upper()
