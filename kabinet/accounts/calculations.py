"""How what a person types is compared with what a provider sent; plain functions."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

_ROUBLES = re.compile(r"[-−+]?(\d{1,12})(?:[.,](\d{1,2}))?")
_PIECES = re.compile(r"\d+|[^\W\d_]+")
_SHOWN = 4
_HOUSE_WORDS = frozenset(["д", "дом", "к", "корп", "корпус", "стр", "строение", "кв", "квартира"])


def fold(text: str) -> str:
    """Letters only, in one case, ё as е: «Петрова - Водкина» equals «ПЕТРОВА-ВОДКИНА»."""
    letters = (letter for letter in text.casefold() if letter.isalpha())
    return "".join(letters).replace("ё", "е")


def initials(surname: str, name: str, patronymic: str) -> str:
    """First letters without separators: Абрамов Борис Васильевич gives «абв» (MET-15)."""
    return "".join(fold(part)[:1] for part in (surname, name, patronymic))


def address_pieces(*parts: str) -> tuple[str, ...]:
    """Numbers and letters of a house and a flat, whatever stands between: «12 корп. 1», «12/1» and «д.12к1» agree."""
    pieces = _PIECES.findall(" ".join(parts).casefold().replace("ё", "е"))
    return tuple(_plain(piece) for piece in pieces if piece not in _HOUSE_WORDS)


def serial_key(serial: str) -> str:
    """A serial number without spaces, dashes and «№»."""
    return "".join(sign for sign in serial.upper() if sign.isalnum())


def without_spaces(text: str) -> str:
    """Spaces of any kind do not count in numbers (ACC-04); leading zeros do."""
    return "".join(text.split())


def roubles(text: str) -> Decimal | None:
    """Read «1 243,56 ₽» without its sign, or None: people copy due and overpayment with and without it."""
    match = _ROUBLES.fullmatch(without_spaces(text).removesuffix("₽").removesuffix("руб."))
    if match is None or not match[1].isascii():
        return None
    return Decimal(f"{int(match[1])}.{(match[2] or '0').ljust(2, '0')}")


def kopecks(text: str) -> int | None:
    """Read «31472» (314 roubles 72 kopecks, ACC-17), or None."""
    digits = without_spaces(text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 14 else None  # noqa: PLR2004 -- NUMERIC(14,2)


def masked_tail(text: str) -> str:
    """The last four characters: enough for its owner to know it by, too little for a stranger."""
    return f"••••{text[-_SHOWN:]}" if len(text) > _SHOWN else "••••"


def masked_email(address: str) -> str:
    """First letter and domain: «b•••@example.ru»."""
    name, _at, domain = address.rpartition("@")
    return f"{name[:1]}•••@{domain}"


def is_in_force(*, is_terminated: bool, ends_on: date | None, today: date) -> bool:
    """A contract holds through its last day; without one it is open-ended (ACC-38, 39)."""
    return not is_terminated and (ends_on is None or ends_on >= today)


def _plain(piece: str) -> str:
    return piece.lstrip("0") or "0" if piece.isdigit() else piece
