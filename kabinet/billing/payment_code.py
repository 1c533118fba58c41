"""The payment QR of ГОСТ Р 56042-2014: what a bank's app reads from a printed bill."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kabinet.kernel import qr
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period

UTILITIES = "02"
PURPOSE_LIMIT = 210
NAME_LIMIT = 160
BANK_LIMIT = 45
# The standard leaves the sign free; it is read at the eighth place and may occur in no value.
SEPARATORS = "|#;:^_~{}!$%&()*+,/@"
# UTF-8 is what phones read best; past this size (QR version 13) print gets too fine, and the one-byte code is taken.
UTF8_LIMIT = 331
_ACCOUNT = re.compile(r"[0-9]{5}[0-9ABCEHKMPTX][0-9]{14}")
_BIC = re.compile(r"[0-9]{9}")
_CLEARING_LETTERS = str.maketrans("ABCEHKMPTX", "0123456789")
# Three dots a module: viewers that smooth pictures still show sharp edges.
DOTS = 3
_DOTTED = str.maketrans({"1": "0" * DOTS, "0": "1" * DOTS})
_WEIGHTS = (7, 1, 3)
_INN_WEIGHTS: Mapping[int, Sequence[tuple[int, ...]]] = {
    10: ((2, 4, 10, 3, 5, 9, 4, 6, 8),),
    12: ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)),
}


@dataclass(frozen=True, slots=True)
class BankDetails:
    """A payee's requisites as the provider gave them; any of them may be empty or wrong."""

    name: str
    inn: str = ""
    kpp: str = ""
    bank_account: str = ""
    bank: str = ""
    bic: str = ""
    corr_account: str = ""

    @property
    def are_usable(self) -> bool:
        """All that a transfer needs is there, and the check digits agree."""
        return (
            bool(self.name and self.bank)
            and settlement_account_is_right(self.bank_account, self.bic)
            and (
                not self.corr_account or correspondent_account_is_right(self.corr_account, self.bic)
            )
        )


def settlement_account_is_right(account: str, bic: str) -> bool:
    """Verify the account's check digit against the bank that keeps it."""
    if not (_ACCOUNT.fullmatch(account) and _BIC.fullmatch(bic)):
        return False
    # Accounts at the central bank itself are checked by its branch number, as correspondent accounts are.
    at_central_bank = bic[-3:] in {"000", "001", "002"}
    return _sums_to_ten(("0" + bic[4:6] if at_central_bank else bic[-3:]) + account)


def correspondent_account_is_right(account: str, bic: str) -> bool:
    return bool(
        _ACCOUNT.fullmatch(account)
        and _BIC.fullmatch(bic)
        and _sums_to_ten("0" + bic[4:6] + account)
    )


def inn_is_right(inn: str) -> bool:
    if len(inn) not in _INN_WEIGHTS or not (inn.isascii() and inn.isdigit()):
        return False
    return all(
        sum(weight * int(digit) for weight, digit in zip(weights, inn, strict=False)) % 11 % 10
        == int(inn[len(weights)])
        for weights in _INN_WEIGHTS[len(inn)]
    )


def _sums_to_ten(text: str) -> bool:
    digits = text.translate(_CLEARING_LETTERS)
    return sum(int(digit) * _WEIGHTS[i % 3] % 10 for i, digit in enumerate(digits)) % 10 == 0


def payment_code(
    payee: BankDetails, *, amount: Money, account_number: str, period: Period, purpose: str
) -> bytes | None:
    """Write the code's bytes; None when there is nothing to pay or nowhere to pay it."""
    if amount.amount <= 0 or not payee.are_usable:
        return None
    values = {
        "Name": payee.name[:NAME_LIMIT],
        "PersonalAcc": payee.bank_account,
        "BankName": payee.bank[:BANK_LIMIT],
        "BIC": payee.bic,
        "CorrespAcc": payee.corr_account or "0",
        "Sum": str(amount.kopecks),
        "Purpose": purpose[:PURPOSE_LIMIT],
        "PayeeINN": payee.inn if inn_is_right(payee.inn) else "",
        "KPP": payee.kpp if re.fullmatch(r"[0-9A-Z]{9}", payee.kpp) else "",
        "PersAcc": account_number,
        "PaymPeriod": f"{period.month:02d}{period.year:04d}",
        "TechCode": UTILITIES,
    }
    pairs = [f"{key}={_one_line(value)}" for key, value in values.items() if value]
    return _encode(pairs)


def _one_line(value: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())


def _encode(pairs: Sequence[str]) -> bytes | None:
    free = [sign for sign in SEPARATORS if not any(sign in pair for pair in pairs)]
    if not free:
        return None
    separator = free[0]
    body = separator + separator.join(pairs)
    utf8 = b"ST00012" + body.encode()
    if len(utf8) <= UTF8_LIMIT:
        return utf8
    try:
        return b"ST00011" + body.encode("cp1251")
    except UnicodeEncodeError:
        return utf8


def draw(code: bytes) -> bytes:
    """Draw the code as a black-and-white PNG without the quiet zone."""
    rows = qr.encode(code)
    size = len(rows) * DOTS
    width = -(-size // 8)
    white = "".join(rows).translate(_DOTTED)
    pixels = b"".join(
        (b"\0" + (int(white[at : at + size], 2) << (width * 8 - size)).to_bytes(width, "big"))
        * DOTS
        for at in range(0, len(white), size)
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in (
            (b"IHDR", struct.pack(">IIBBBBB", size, size, 1, 0, 0, 0, 0)),
            (b"IDAT", zlib.compress(pixels, 1)),
            (b"IEND", b""),
        )
    )
