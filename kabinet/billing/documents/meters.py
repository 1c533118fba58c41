"""Meters and their readings: a narrow table when all were read on the same days, else a wide one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from kabinet.billing.documents.table import MARGINS, joined, tallest, text_width
from kabinet.billing.paper.rows import PaperRegister
from kabinet.kernel.pdf import JsonValue
from kabinet.ui import formatting as f

ZONES = {"T1": "день", "T2": "ночь", "T3": "полупик"}
WIDE = (30, 36, 38, 38, 20, 18)
# The meter gets what the narrow table has left; millimetres that the other titles need.
NARROW, NARROW_TITLES = 90, (17, 17, 15)
# How many registers stand beside the reference without making the page look lopsided.
NARROW_ROWS = 4


def readings(registers: Sequence[PaperRegister]) -> dict[str, JsonValue]:
    return _narrow(registers) if is_narrow(registers) else _wide(registers)


def is_narrow(registers: Sequence[PaperRegister]) -> bool:
    days = {
        (one.previous_on, one.current_on, one.next_verification_on, one.serial) for one in registers
    }
    return (
        len(days) == 1
        and len(registers) <= NARROW_ROWS
        and None not in (registers[0].previous_on, registers[0].current_on)
    )


def _narrow(registers: Sequence[PaperRegister]) -> dict[str, JsonValue]:
    first = registers[0]
    until = first.next_verification_on
    assert first.previous_on is not None  # noqa: S101 -- asked of a narrow table only
    assert first.current_on is not None  # noqa: S101 -- asked of a narrow table only
    several = len(registers) > 1
    rows = [
        [
            _service(one) if several else _device(one),
            _dial(one.previous, one.digits),
            _dial(one.current, one.digits),
            _use(one),
        ]
        for one in registers
    ]
    name = "Прибор" if several else _service(first)
    titles = [name, f.short_date(first.previous_on), f.short_date(first.current_on), "Расход"]
    device = f"{_device(first)}." if several else ""
    check = f"Следующая поверка до {f.day_year(until)}." if until else ""
    return _table(titles, rows, _widths(rows), joined((device, check), " ") or None) | {
        "narrow": True,
        "left": [True, *[False] * 3],
    }


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    figures = [
        max(least, *(math.ceil(text_width(row[place]) + MARGINS) for row in rows))
        for place, least in enumerate(NARROW_TITLES, start=1)
    ]
    return [NARROW - sum(figures), *figures]


def _wide(registers: Sequence[PaperRegister]) -> dict[str, JsonValue]:
    rows = [
        [
            _service(one),
            _device(one),
            _reading(one.previous, one.previous_on, one.digits),
            _reading(one.current, one.current_on, one.digits),
            _use(one),
            f.short_date(one.next_verification_on) if one.next_verification_on else f.NOTHING,
        ]
        for one in registers
    ]
    titles = ["Услуга", "Прибор", "Было", "Стало", "Расход", "Поверка до"]
    return _table(titles, rows, WIDE, None) | {
        "narrow": False,
        "left": [True, True, *[False] * 4],
    }


def _table(
    titles: Sequence[str], rows: Sequence[list[str]], widths: Sequence[int], note: str | None
) -> dict[str, JsonValue]:
    return {
        "titles": list[JsonValue](titles),
        "rows": [list[JsonValue](row) for row in rows],
        "lines": [tallest(list(zip(row, widths, strict=True))) for row in rows],
        "widths": list[JsonValue](widths),
        "note": note,
    }


def _service(register: PaperRegister) -> str:
    zone = f", {ZONES.get(register.zone, register.zone)}" if register.zone else ""
    return register.service + zone


def _device(register: PaperRegister) -> str:
    model = f"{register.model} " if register.model else ""
    return f"{model}№{f.NBSP}{register.serial}"


def _use(register: PaperRegister) -> str:
    return f.volume(register.use, register.unit) if register.use is not None else f.NOTHING


def _reading(value: Decimal | None, taken_on: date | None, digits: int) -> str:
    if value is None or taken_on is None:
        return f.NOTHING
    return f"{_dial(value, digits)}{f.NBSP}на{f.NBSP}{f.short_date(taken_on)}"


def _dial(value: Decimal | None, digits: int) -> str:
    """Write a reading as the meter shows it: «01734», «00012,5»."""
    if value is None:
        return f.NOTHING
    whole, _point, rest = f"{value:f}".partition(".")
    rest = rest.rstrip("0")
    return whole.zfill(digits) + (f",{rest}" if rest else "")
