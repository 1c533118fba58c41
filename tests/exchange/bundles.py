"""A small genuine bundle, and ways to write it down."""

from __future__ import annotations

import copy
import csv
import io
import json
import zipfile
from pathlib import Path

AS_OF = "2026-11-20T03:00:00+03:00"
MANIFEST = {
    "format": "kabinet-bundle",
    "version": 1,
    "provider": "gas",
    "created_at": AS_OF,
    "as_of": AS_OF,
    "mode": "delta",
    "sign": "debt_positive",
}
DUE = {
    "opening",
    "closing",
    "total",
    "penalty_opening",
    "penalty_total",
    "preliminary",
    "penalty_preliminary",
}

FILES = {
    "branches": [
        "code;name;region;parent",
        "north;Северный;Озёрская область;",
        "town;Город;Озёрская область;north",
    ],
    "offices": [
        "code;branch;name;address;lat;lon;hours_json",
        'o1;town;Офис;Озёрск, ул. Лесная, 1;55.75;37.61;"{""mon"": ""9-18""}"',
    ],
    "services": [
        "code;name;unit;kind;decimals",
        "gas;Газоснабжение;м³;gas;0",
        "vdgo;ВДГО;шт.;maintenance;",
    ],
    "suppliers": ["code;name;inn", "main;ООО «Газ Пример»;7707083893"],
    "tariffs": ["service;group;zone;valid_from;price", "gas;base;;2026-07-01;7.123456"],
    "accounts": [
        "number;branch;surname;name;patronymic;city;street;house;flat;area_total;residents;electric_heating;opened_on;pin",
        "1001;town;Абрамов;Борис;Васильевич;Озёрск;ул. Лесная;12;3;54.20;3;0;2010-01-15;ab12",
        "1002;town;Белова;Анна;;Озёрск;ул. Лесная;12;4;;;;;",
        "1003;;Громов;Иван;;Озёрск;ул. Лесная;14;;;;1;;",
    ],
    "account_services": [
        "account;service;supplier;tariff_group;from;to",
        "1001;gas;main;base;2010-01-15;",
        "1002;gas;;;;",
    ],
    "account_facts": ["account;name;value;position", "1001;Тип дома;многоквартирный;1"],
    "appliances": ["account;serial;name;kind", "1001;PG-1;;плита", "1001;;Котёл;котёл"],
    "benefits": ["account;name;from;to", "1001;Ветеран труда;2020-01-01;"],
    "contracts": [
        "account;number;kind;state;starts_on;ends_on",
        "1001;12/34-а;поставка газа;concluded;2010-01-15;",
    ],
    "acts": ["account;number;performed_at;kind", "1001;A-1;2026-05-05T10:00:00+03:00;обслуживание"],
    "act_lines": ["account;act;line;title;amount", "1001;A-1;1;Осмотр;500.00"],
    "meters": [
        "account;serial;service;model;digits;zones;installed_on",
        "1001;07410001;gas;БК-G4T;5;;2015-03-01",
        "1002;07410002;gas;БК-G4T;;;2015-03-01",
    ],
    "readings": [
        "account;meter;zone;taken_on;value;source",
        "1001;07410001;;2026-09-22;1800;inspector",
        "1001;07410001;;2026-10-22;1899.5;phone",
        "1002;07410002;;2026-10-22;12345;inspector",
    ],
    "bills": [
        "account;period;kind;number;issued_on;opening;paid;charged;total;penalty_charged",
        "1001;2026-09;общая;B-1;2026-10-01;0.00;0.00;640.00;640.00;",
        "1001;2026-10;общая;B-2;2026-11-01;640.00;640.00;704.12;704.12;",
        "1002;2026-10;общая;B-3;2026-11-01;-10.50;0.00;100.00;89.50;",
    ],
    "bill_lines": [
        "account;period;kind;line;service;supplier;tariff;volume;unit;basis;opening;charged;paid;closing",
        "1001;2026-09;общая;1;gas;main;6.40;100;м³;meter;0.00;640.00;0.00;640.00",
        "1001;2026-10;общая;1;gas;main;7.11;99.0323;м³;meter;640.00;704.12;640.00;704.12",
        "1002;2026-10;общая;1;gas;;;;м³;norm;-10.50;60.00;0.00;49.50",
        "1002;2026-10;общая;2;vdgo;;;;;;0.00;40.00;0.00;40.00",
    ],
    "payments": [
        "account;id;received_on;processed_on;amount;source",
        "1001;p1;2026-10-13;2026-10-15;640.00;Личный кабинет",
    ],
    "balances": [
        "account;service;supplier;amount;penalty",
        "1001;gas;main;704.12;",
        "1002;gas;;-49.50;1.10",
    ],
}


class Bundle:
    """The genuine bundle; change ``files`` and ``manifest``, then write it."""

    def __init__(self, **manifest):
        self.files = copy.deepcopy(FILES)
        self.manifest = {**MANIFEST, **manifest}

    def only(self, *names):
        self.files = {name: self.files[name] for name in names}
        return self

    def replace(self, file, old, new):
        assert any(old in line for line in self.files[file]), (file, old)
        self.files[file] = [line.replace(old, new) for line in self.files[file]]
        return self

    def add(self, file, *lines):
        self.files[file].extend(lines)
        return self

    def rows(self, file):
        return list(csv.reader(self.files[file], delimiter=";"))

    def content(self, file, *, newline="\n", bom=False):
        encoding = self.manifest.get("encoding", "utf-8")
        text = newline.join(self.files[file]) + newline
        return (b"\xef\xbb\xbf" if bom else b"") + text.encode(encoding)

    def folder(self, path: Path, **options) -> Path:
        path.mkdir(parents=True, exist_ok=True)
        (path / "manifest.json").write_text(json.dumps(self.manifest))
        for name in self.files:
            (path / f"{name}.csv").write_bytes(self.content(name, **options))
        return path

    def zip(self, path: Path, *, top="") -> Path:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{top}manifest.json", json.dumps(self.manifest))
            for name in self.files:
                archive.writestr(f"{top}{name}.csv", self.content(name))
        return path

    def xlsx(self, path: Path) -> Path:
        import openpyxl

        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "manifest"
        sheet.append(["key", "value"])
        for key, value in self.manifest.items():
            sheet.append([key, value])
        for name in self.files:
            sheet = book.create_sheet(name)
            for row in self.rows(name):
                sheet.append([_cell(value) for value in row])
        book.save(path)
        return path

    def negated(self):
        """The same debts written with a minus."""
        self.manifest["sign"] = "debt_negative"
        for file in ("bills", "bill_lines", "balances"):
            header, *rows = self.rows(file)
            due = DUE | ({"amount", "penalty"} if file == "balances" else set())
            lines = [";".join(header)]
            for row in rows:
                pairs = zip(header, row, strict=True)
                lines.append(";".join(_minus(v) if name in due and v else v for name, v in pairs))
            self.files[file] = lines
        return self


def _minus(value):
    return value[1:] if value.startswith("-") else f"-{value}"


def _cell(value):
    """Excel keeps sums as numbers."""
    return (
        float(value)
        if value.count(".") == 1 and value.replace(".", "").lstrip("-").isdigit()
        else value or None
    )


def unzipped(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}
