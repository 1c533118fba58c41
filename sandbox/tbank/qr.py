"""SBP links: the real form of facts of НСПК, on this machine's own address, so that they open here."""

from __future__ import annotations

import secrets

import zxingcpp

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
MEMBER = "100000000004"  # T-Bank in the list of SBP members
MEMBERS = (
    ("100000000111", "Сбербанк"),
    ("100000000004", "Т-Банк"),
    ("100000000005", "ВТБ"),
    ("100000000008", "Альфа-Банк"),
    ("100000000007", "Райффайзенбанк"),
)


def new_id() -> str:
    """A dynamic link's number: AD and 30 more characters."""
    return "AD" + "".join(secrets.choice(ALPHABET) for _ in range(30))


def payload(base_url: str, qr_id: str, *, amount: int) -> str:
    link = f"{base_url}/qr/{qr_id}?type=02&bank={MEMBER}&sum={amount}&cur=RUB"
    return f"{link}&crc={checksum(link):04X}"


def checksum(text: str) -> int:
    """CRC-16/CCITT-FALSE over the link before «&crc=»."""
    value = 0xFFFF
    for byte in text.encode():
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1) ^ 0x1021 if value & 0x8000 else value << 1
            value &= 0xFFFF
    return value


def picture(content: str) -> str:
    """The code as SVG."""
    code = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode)
    return zxingcpp.write_barcode_to_svg(code, scale=4)
