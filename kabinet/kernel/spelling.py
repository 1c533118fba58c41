"""How values of a bundle may be spelled (XCH-02), and how each spelling becomes the one PostgreSQL reads.

A ``Kind`` says the same thing three times, for speed: ``plain`` is the pattern of spellings that PostgreSQL's COPY
takes as they are, ``comma`` the same with decimal commas, and ``read`` turns every allowed spelling into a plain one
or says what is wrong with it. Tests hold the three together.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal


class Misspelled(Exception):  # noqa: N818 -- a fact about a value, not a fault of the program
    """The value is not one of the allowed spellings; ``code`` is one of XCH-06."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message


_YEAR = r"(?:19|20)\d\d"
_ISO_DAY = (
    rf"{_YEAR}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_RU_DAY = (
    r"(?:(?:0[1-9]|1\d|2[0-8])\.(?:0[1-9]|1[0-2])"
    rf"|(?:29|30)\.(?:0[13-9]|1[0-2])|31\.(?:0[13578]|1[02]))\.{_YEAR}"
)
_MOMENT = rf"{_ISO_DAY}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d\d)\.(\d\d)\.(\d{4})", re.ASCII)
_PERIOD = re.compile(r"(\d{4})-(\d\d)|(\d\d)\.(\d{4})", re.ASCII)
_NUMBER = re.compile(r"(-?)(\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d+)(?:[.,](\d+))?", re.ASCII)
_SPACES = re.compile("[ \u00a0\u202f]")
_CODE = re.compile(r"[\w.\-]{1,64}")
_ZONES = re.compile(r"T[1-3](?:,T[1-3])*")
FIRST_YEAR, LAST_YEAR = 1900, 2099
_TRUE, _FALSE = frozenset({"1", "true", "да"}), frozenset({"0", "false", "нет"})
_UNIT_NAMES = ("м³", "кВт·ч", "Гкал", "м²", "чел.", "шт.")
UNITS: Mapping[str, str] = {
    **{unit: unit for unit in _UNIT_NAMES},
    "м3": "м³",
    "м2": "м²",
    "кВт*ч": "кВт·ч",
    "кВтч": "кВт·ч",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """``words`` describe it in the reference; ``sql`` types the staging column; ``live`` turns it into the live value."""

    words: str
    sql: str
    plain: str
    comma: str
    read: Callable[[str], str]
    live: str = "{}"


def _text(limit: int) -> Callable[[str], str]:
    def read(given: str) -> str:
        if len(given) > limit:
            raise Misspelled("too_long")
        return given

    return read


def _text_pattern(limit: int, banned: str = "") -> str:
    inner, edge = rf'[^;"\\\r\n\x00{banned}]', rf'[^;"\\\s\x00{banned}]'
    middle = rf"(?:{inner}{{0,{limit - 2}}}{edge})?" if limit > 1 else ""
    return f"{edge}{middle}"


def text(limit: int) -> Kind:
    return Kind(
        f"text, up to {limit}",
        "text",
        _text_pattern(limit),
        _text_pattern(limit, ","),
        _text(limit),
        "coalesce({}, '')",
    )


def _read_code(given: str) -> str:
    if len(given) > 64:  # noqa: PLR2004 -- XCH: codes have 1 to 64 characters
        raise Misspelled("too_long")
    if _CODE.fullmatch(given) is None:
        raise Misspelled("unknown_value", "Код: только буквы, цифры и знаки «-», «_», «.».")
    return given


CODE = Kind("code", "text", r"[\w.\-]{1,64}", r"[\w.\-]{1,64}", _read_code, "coalesce({}, '')")


def _number(digits: int, places: int, low: int | None, high: int | None) -> Callable[[str], str]:
    def read(given: str) -> str:
        match = _NUMBER.fullmatch(given)
        if match is None:
            raise Misspelled("not_a_number")
        minus, whole, fraction = match[1], _SPACES.sub("", match[2]), match[3] or ""
        whole = whole.lstrip("0") or "0"
        if len(whole) > digits or len(fraction) > places:
            raise Misspelled("out_of_range")
        plain = f"{minus}{whole}.{fraction}" if fraction else f"{minus}{whole}"
        _require_range(plain, low, high)
        return plain

    return read


def _require_range(plain: str, low: int | None, high: int | None) -> None:
    value = Decimal(plain)
    if (low is not None and value < low) or (high is not None and value > high):
        raise Misspelled("out_of_range")


def number(
    digits: int, places: int = 0, *, low: int | None = None, high: int | None = None
) -> Kind:
    """A number with so many digits before and after the point; ``low`` and ``high`` are inclusive."""
    shown = digits if high is None else len(str(high)) - 1  # the longest may be above `high`
    if high is not None and not shown:
        whole = f"[{low or 0}-{high}]"
    elif low is not None and low > 0:
        whole = rf"[1-9][0-9]{{0,{shown - 1}}}"
    else:
        whole = ("-?" if low is None or low < 0 else "") + rf"[0-9]{{1,{shown}}}"
    sql = "numeric" if places else ("bigint" if digits > 9 else "integer")  # noqa: PLR2004 -- int4 holds 9 digits
    point, comma = (rf"(?:[{sign}][0-9]{{1,{places}}})?" if places else "" for sign in (".", ".,"))
    read = _number(digits, places, low, high)
    return Kind(_number_words(digits, places, low, high), sql, whole + point, whole + comma, read)


def _number_words(digits: int, places: int, low: int | None, high: int | None) -> str:
    size = f"number, up to {digits}.{places} digits" if places else "whole number"
    if low is not None and high is not None:
        return f"{size}, {low} to {high}"
    return f"{size}, not negative" if low == 0 else size


MONEY = replace(number(12, 2), words="money")
VOLUME = number(10, 4)


def _day(year: str, month: str, day: str, code: str) -> str:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError as error:
        raise Misspelled(code) from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Misspelled("out_of_range")
    return found.isoformat()


def _read_date(given: str) -> str:
    match = _DATE.fullmatch(given)
    if match is None:
        raise Misspelled("not_a_date")
    year, month, day = match.group(1, 2, 3) if match[1] else match.group(6, 5, 4)
    return _day(year, month, day, "not_a_date")


_DAY = f"(?:{_ISO_DAY}|{_RU_DAY})"
DATE = Kind("date", "date", _DAY, _DAY, _read_date)


def _read_period(given: str) -> str:
    match = _PERIOD.fullmatch(given)
    if match is None:
        raise Misspelled("not_a_period")
    year, month = match.group(1, 2) if match[1] else match.group(4, 3)
    return _day(year, month, "01", "not_a_period")[:7]


_MONTH = rf"{_YEAR}-(?:0[1-9]|1[0-2])"
PERIOD = Kind("month", "text", _MONTH, _MONTH, _read_period, "({} || '-01')::date")


def _read_moment(given: str) -> str:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise Misspelled("not_a_date") from error
    if moment.tzinfo is None:
        raise Misspelled(
            "not_a_date", "Нужен момент с часовым поясом, например 2026-11-21T10:42:00+03:00."
        )
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Misspelled("out_of_range")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


MOMENT = Kind("moment", "timestamptz", _MOMENT, _MOMENT, _read_moment)


def _read_flag(given: str) -> str:
    word = given.lower()
    if word in _TRUE or word in _FALSE:
        return "1" if word in _TRUE else "0"
    raise Misspelled("unknown_value", "Нужно «да» или «нет» (1/0, true/false).")


FLAG = Kind("yes or no", "boolean", "[01]", "[01]", _read_flag)


def one_of(values: Collection[str]) -> Kind:
    def read(given: str) -> str:
        if given not in values:
            raise Misspelled("unknown_value")
        return given

    pattern = "|".join(re.escape(value) for value in sorted(values, reverse=True))
    words = ", ".join(f"`{value}`" for value in values)
    return Kind(words, "text", f"(?:{pattern})", f"(?:{pattern})", read, "coalesce({}, '')")


def _read_unit(given: str) -> str:
    if given not in UNITS:
        raise Misspelled("unknown_value")
    return UNITS[given]


_UNIT = "(?:м³|кВт·ч|Гкал|м²|чел\\.|шт\\.)"
UNIT = Kind(
    ", ".join(f"`{unit}`" for unit in UNITS),
    "text",
    _UNIT,
    _UNIT,
    _read_unit,
    "coalesce({}, '')",
)
# Elsewhere a unit may be anything short; known ones are spelled in one way.
LOOSE_UNIT = Kind(
    "text, up to 16",
    "text",
    _UNIT,
    _UNIT,
    lambda given: UNITS.get(given) or _text(16)(given),
    "coalesce({}, '')",
)


def _read_zones(given: str) -> str:
    packed = given.replace(" ", "")
    if _ZONES.fullmatch(packed) is None or len(set(packed.split(","))) != len(packed.split(",")):
        raise Misspelled("unknown_value")
    return packed


_NEVER = r"(?!)"
ZONES = Kind(
    "`T1`, `T2`, `T3` separated by commas",
    "text",
    r"T1,T2(?:,T3)?",
    _NEVER,
    _read_zones,
    "coalesce(string_to_array({}, ','), ARRAY[]::text[])::varchar[]",
)


def _read_uuid(given: str) -> str:
    try:
        return str(uuid.UUID(given))
    except ValueError as error:
        raise Misspelled("unknown_value", "Нужен идентификатор вида 8-4-4-4-12.") from error


UUID = Kind("GUID", "uuid", _UUID, _UUID, _read_uuid)


def _read_json(given: str) -> str:
    try:
        plain = json.dumps(json.loads(given), ensure_ascii=False, allow_nan=False)
        plain.encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Misspelled("unknown_value", "Это не JSON.") from error
    return plain.replace("\\u0000", "")


JSON = Kind("JSON", "jsonb", _NEVER, _NEVER, _read_json)

# A PIN is compared without regard to case and to the spaces around it (accounts.pins).
PIN = Kind(
    "text, up to 32",
    "text",
    r"[0-9A-ZА-Я]{1,32}",
    r"[0-9A-ZА-Я]{1,32}",
    lambda given: _text(32)(given).upper(),
    "{}",
)
