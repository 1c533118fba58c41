"""What the gas company of the story sends: one household, two months of history, as of this morning."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

from kabinet.kernel.period import Period

PROVIDER = "ozero-gaz"
ACCOUNT, METER, PIN = "203001001", "07410001", "4829"
PREVIOUS = 1899  # on the dial a month ago
DUE = "1 243,56 ₽"


def write_bundle(folder: Path, *, today: dt.date) -> Path:
    """Everything that the billing system knows before the person comes."""
    latest = Period.of(today).plus(-1)
    return _write(folder, today, {**_reference(), **_household(latest), **_bill(latest)})


def write_answer(folder: Path, *, today: dt.date, exported: Path) -> Path:
    """The billing system has counted every reading of the exported file."""
    with exported.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    columns = ("account", "meter", "zone", "taken_on", "value", "portal_id")
    answer = [
        "account;meter;zone;taken_on;value;portal_id;source;status;accounted_on",
        *(
            ";".join([*(row[name] for name in columns), "portal", "accepted", str(today)])
            for row in rows
        ),
    ]
    return _write(folder, today, {"readings": answer}, minute=5)


def _write(folder: Path, today: dt.date, files: dict[str, list[str]], *, minute: int = 0) -> Path:
    as_of = f"{today}T00:{minute:02d}:00+03:00"
    manifest = {
        "format": "kabinet-bundle",
        "version": 1,
        "provider": PROVIDER,
        "created_at": as_of,
        "as_of": as_of,
        "mode": "delta",
        "sign": "debt_positive",
    }
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _reference() -> dict[str, list[str]]:
    return {
        "services": [
            "code;name;unit;kind;decimals",
            "gas;Газоснабжение;м³;gas;0",
            "vdgo;Техническое обслуживание ВДГО;шт.;maintenance;",
        ],
        "suppliers": ["code;name;inn", "main;ООО «Озеро Газ»;7707083893"],
        "tariffs": ["service;group;zone;valid_from;price", "gas;base;;2025-07-01;10.05"],
    }


def _household(latest: Period) -> dict[str, list[str]]:
    before = latest.plus(-1)
    return {
        "accounts": [
            "number;surname;name;patronymic;city;street;house;flat;residents;opened_on;pin",
            f"{ACCOUNT};Абрамов;Борис;Васильевич;Озёрск;ул. Лесная;12;3;2;2010-01-15;{PIN}",
        ],
        "account_services": [
            "account;service;supplier;tariff_group;from",
            f"{ACCOUNT};gas;main;base;2010-01-15",
            f"{ACCOUNT};vdgo;main;;2010-01-15",
        ],
        "meters": [
            "account;serial;service;model;digits;installed_on;next_verification_on",
            f"{ACCOUNT};{METER};gas;БК-G4T;5;2020-03-01;2032-03-01",
        ],
        "readings": [
            "account;meter;taken_on;accounted_on;value;source",
            f"{ACCOUNT};{METER};{before}-22;{before}-28;1783;inspector",
            f"{ACCOUNT};{METER};{latest}-22;{latest}-28;{PREVIOUS};inspector",
        ],
    }


def _bill(latest: Period) -> dict[str, list[str]]:
    month, issued = str(latest), latest.plus(1).first_day
    return {
        "bills": [
            "account;period;kind;number;issued_on;opening;paid;charged;total",
            f"{ACCOUNT};{month};общая;77;{issued};500.00;500.00;1243.56;1243.56",
        ],
        "bill_lines": [
            "account;period;kind;line;service;supplier;tariff;volume;unit;basis;opening;charged;paid;closing",
            f"{ACCOUNT};{month};общая;1;gas;main;10.05;116;м³;meter;500.00;1165.80;500.00;1165.80",
            f"{ACCOUNT};{month};общая;2;vdgo;main;77.76;1;шт.;other;0.00;77.76;0.00;77.76",
        ],
        "balances": [
            "account;service;supplier;amount",
            f"{ACCOUNT};gas;main;1165.80",
            f"{ACCOUNT};vdgo;main;77.76",
        ],
        "payments": [
            "account;id;received_on;processed_on;amount;source",
            f"{ACCOUNT};p1;{latest}-11;{latest}-13;500.00;Банк",
        ],
    }
