"""Records of one file into rows for COPY: plain lines pass as they are, others value by value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kabinet.exchange.lines import SEPARATOR, Record, Run
from kabinet.exchange.problems import Problem, Sink, escape
from kabinet.kernel.bundle import Column, File
from kabinet.kernel.spelling import PERIOD, Misspelled

# Columns that a file of rejects has besides; mended, it comes back with them (XCH-06).
OURS = frozenset({"_line", "_code", "_message"})
_ANYTHING = r'[^;"\\\r\n\x00]*'
KEY_MARK = "\x1f"


class Lexer:
    """Turns the records of one file into the bytes that COPY takes; what can't be taken goes to the sink."""

    def __init__(self, file: File, header: Sequence[str], sink: Sink, *, is_parent: bool) -> None:
        self.file = file
        self.header = header
        self.rows = 0
        self.good = 0
        self._sink = sink
        self._is_parent = is_parent
        self._columns: list[Column | None] = [file.by_name.get(name) for name in header]
        self._plain = _pattern(self._columns, "plain")
        self._comma = _pattern(self._columns, "comma")

    @property
    def strangers(self) -> list[str]:
        return [name for name in self.header if name not in self.file.by_name and name not in OURS]

    @property
    def missing(self) -> list[str]:
        return [c.name for c in self.file.columns if c.required and c.name not in self.header]

    @property
    def staged(self) -> list[tuple[str, str]]:
        """Name and type of the staging column of every column sent."""
        return [
            (column.name, column.kind.sql) if column else (f"_x{place}", "text")
            for place, column in enumerate(self._columns)
        ]

    def take(self, entry: Run | Record) -> bytes:
        if isinstance(entry, Record):
            row = self._take_record(entry)
            self.good += bool(row)
            return f"{row}\n".encode() if row else b""
        hits = list(map(self._plain.fullmatch, entry.lines))
        if None in hits:
            return self._take_mixed(entry, hits)
        self.rows += len(hits)
        self.good += len(hits)
        return "".join(map("%d;%s\n".__mod__, enumerate(entry.lines, entry.first))).encode()

    def _take_mixed(self, run: Run, hits: Sequence[re.Match[str] | None]) -> bytes:
        rows = [
            f"{number};{line}" if hit and self._counted() else self._take_line(number, line)
            for number, (line, hit) in enumerate(zip(run.lines, hits, strict=True), run.first)
        ]
        kept = [row for row in rows if row]
        self.good += len(kept)
        return "".join(f"{row}\n" for row in kept).encode()

    def _counted(self) -> bool:
        self.rows += 1
        return True

    def _take_line(self, number: int, line: str) -> str:
        if self._comma.fullmatch(line):
            self.rows += 1
            return f"{number};{line.replace(',', '.')}"
        return self._take_fields(number, line.split(SEPARATOR))

    def _take_record(self, record: Record) -> str:
        if record.code:
            self.rows += 1
            self._report(record.line, None, record.fields[0], record.code)
            return ""
        return self._take_fields(record.line, record.fields)

    def _take_fields(self, number: int, fields: Sequence[str]) -> str:
        """Take a row apart; one of nothing but empty fields is what spreadsheets leave at the end, and no row."""
        if not any(map(str.strip, fields)):
            return ""
        self.rows += 1
        if len(fields) != len(self.header):
            self._report(number, None, SEPARATOR.join(fields), "bad_csv")
            return ""
        values, bad = [], set()
        for column, name, given in zip(self._columns, self.header, fields, strict=True):
            value = given.strip()
            if column is not None:
                try:
                    value = _read(column, value)
                except Misspelled as error:
                    bad.add(name)
                    self._report(number, name, value, error.code, error.message)
            values.append(value)
        if bad:
            self._remember_key(values, bad)
            return ""
        return f"{number};" + SEPARATOR.join(map(escape, values))

    def _report(
        self, line: int, column: str | None, value: str, code: str, message: str = ""
    ) -> None:
        self._sink.add(Problem(self.file.name, line, column, value, code, message))

    def _remember_key(self, values: Sequence[str], bad: set[str]) -> None:
        """Rows that refer to a rejected one are rejected with it: keep the key, where it could be read."""
        if not self._is_parent or bad & set(self.file.row_key):
            return
        row: Mapping[str, str] = dict(zip(self.header, values, strict=True))
        key = KEY_MARK.join(row.get(name, "") for name in self.file.row_key)
        self._sink.add_bad_row(self.file.name, key)


def _read(column: Column, value: str) -> str:
    if value:
        return column.kind.read(value)
    if column.required:
        raise Misspelled("missing")
    return ""


def _pattern(columns: Sequence[Column | None], spelling: str) -> re.Pattern[str]:
    parts = []
    for column in columns:
        if column is None:
            parts.append(_ANYTHING if spelling == "plain" else r'[^;,"\\\r\n\x00]*')
            continue
        pattern = getattr(column.kind, spelling)
        parts.append(pattern if column.required else f"(?:{pattern})?")
    return re.compile(SEPARATOR.join(parts))


def cell_texts(file: File, header: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Fit a workbook's row to its header; Excel keeps a month as the date of its first day."""
    fitted = [*texts, *[""] * (len(header) - len(texts))]
    while len(fitted) > len(header) and not fitted[-1]:
        fitted.pop()
    for place, name in enumerate(header):
        column = file.by_name.get(name)
        if column is not None and column.kind == PERIOD and len(fitted[place]) == len("2026-11-01"):
            fitted[place] = fitted[place].removesuffix("-01")
    return fitted
