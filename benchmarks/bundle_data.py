"""A plain bundle at any scale: the same rows for every run, written as a stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

MONTHS = 13
AS_OF = "2026-11-20T03:00:00+03:00"


def write_bundle(folder: Path, accounts: int) -> int:
    """Write a bundle of that many accounts with 13 months of history; the number of rows is returned."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {
        "format": "kabinet-bundle",
        "version": 1,
        "provider": "bench",
        "created_at": AS_OF,
        "as_of": AS_OF,
        "mode": "full",
        "sign": "debt_positive",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return sum(
        _write(folder / f"{name}.csv", header, rows) for name, header, rows in _files(accounts)
    )


def _write(path: Path, header: str, rows: Iterator[str]) -> int:
    count = 0
    with path.open("w") as file:
        file.write(header + "\n")
        for row in rows:
            file.write(row + "\n")
            count += 1
    return count


def _files(accounts: int) -> Iterator[tuple[str, str, Iterator[str]]]:
    numbers = range(5_000_000, 5_000_000 + accounts)
    yield "services", "code;name;unit;kind", iter(["gas;Газ;м³;gas", "vdgo;ВДГО;шт.;maintenance"])
    yield "suppliers", "code;name", iter(["main;ООО «Газ Пример»"])
    for name, (header, row) in _BY_ACCOUNT.items():
        yield name, header, map(row, numbers)
    for name, (header, rows) in _BY_MONTH.items():
        yield name, header, _monthly(rows, numbers)


def _monthly(rows: Callable[[int, int, str], list[str]], numbers: range) -> Iterator[str]:
    for step, month in enumerate(_months()):
        for number in numbers:
            yield from rows(number, step, month)


def _months() -> Iterator[str]:
    for step in range(MONTHS):
        years, month = divmod(9 + step, 12)
        yield date(2025 + years, month + 1, 1).strftime("%Y-%m")


def _due(number: int, step: int) -> str:
    return f"{200 + (number * 7 + step * 131) % 900}.{(number + step) % 100:02d}"


def _account(n: int) -> str:
    return f"{n};Абрамов;Борис;Васильевич;Озёрск;ул. Лесная;{n % 90};{n % 300};54.2;3"


def _meter(n: int) -> str:
    return f"{n};07{n};gas;БК-G4T;5;2015-03-01"


def _balance(n: int) -> str:
    return f"{n};gas;main;{_due(n, MONTHS)}"


def _readings(n: int, step: int, month: str) -> list[str]:
    return [f"{n};07{n};;{month}-22;{1000 + step * 90 + n % 37};inspector"]


def _bills(n: int, step: int, month: str) -> list[str]:
    before, now = _due(n, step), _due(n, step + 1)
    return [f"{n};{month};общая;{n}-{step};{month}-28;{before};{before};{now};{now}"]


def _lines(n: int, step: int, month: str) -> list[str]:
    before, now, volume = _due(n, step), _due(n, step + 1), f"{20 + n % 80}.5"
    return [
        f"{n};{month};общая;1;gas;main;м³;meter;{volume};{before};{now};{before};{now}",
        f"{n};{month};общая;2;vdgo;main;шт.;;;0.00;0.00;0.00;0.00",
    ]


def _payments(n: int, step: int, month: str) -> list[str]:
    return [f"{n};p{step};{month}-{1 + n % 28:02d};{month}-28;{_due(n, step)};Личный кабинет"]


_BY_ACCOUNT: dict[str, tuple[str, Callable[[int], str]]] = {
    "accounts": (
        "number;surname;name;patronymic;city;street;house;flat;area_total;residents",
        _account,
    ),
    "meters": ("account;serial;service;model;digits;installed_on", _meter),
    "balances": ("account;service;supplier;amount", _balance),
}
_BY_MONTH: dict[str, tuple[str, Callable[[int, int, str], list[str]]]] = {
    "readings": ("account;meter;zone;taken_on;value;source", _readings),
    "bills": ("account;period;kind;number;issued_on;opening;paid;charged;total", _bills),
    "bill_lines": (
        "account;period;kind;line;service;supplier;unit;basis;volume;opening;charged;paid;closing",
        _lines,
    ),
    "payments": ("account;id;received_on;processed_on;amount;source", _payments),
}
