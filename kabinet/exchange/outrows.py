"""Rows of an out-file as SQL, and as CSV or XLSX on a disk: streamed, and whole or not there at all (XCH-11)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from django.db import connection, transaction
from openpyxl import Workbook

from kabinet.kernel.outfiles import CellKind, OutColumn, OutFile

SHEET_ROWS = 1_000_000
CHUNK = 2000
# What no workbook may hold; such characters do not come from forms, but a billing system may have sent them.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MOMENT = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')"""
# A text that a spreadsheet would run gets an apostrophe before it; a plain signed number runs nothing and stays.
_GUARDED = (
    r"CASE WHEN {0}::text ~ '^[=+@\t\r\n＝＋－＠-]' AND {0}::text !~ '^[+-]?[0-9]+([.,][0-9]+)?$'"
    " THEN '''' || {0}::text ELSE nullif({0}::text, '') END"
)
_WRITTEN: Mapping[CellKind, str] = {
    CellKind.TEXT: _GUARDED,
    CellKind.OWN_WORD: "nullif({}::text, '')",
    CellKind.NUMBER: "trim_scale({})",
    CellKind.MONEY: "{}",
    CellKind.DATE: "{}",
    CellKind.MOMENT: _MOMENT,
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows: ``condition`` is SQL over the file's source, with its own named parameters."""

    condition: str
    parameters: Mapping[str, Any]


def of_run(number: int) -> Selection:
    return Selection("row.export_number = %(run)s", {"run": number})


def since(out_file: OutFile, moment: datetime) -> Selection:
    return Selection(f"{out_file.moment} >= %(since)s AND {out_file.current}", {"since": moment})


def select(
    out_file: OutFile, *, provider_id: int, selection: Selection, places: bool = False
) -> tuple[str, dict[str, Any]]:
    """Write the query for the rows as they go out, oldest first; ``places`` adds what a cursor holds on to."""
    columns = ", ".join(f'{_written(column)} AS "{column.name}"' for column in out_file.columns)
    extra = f", {out_file.moment}, row.id" if places else ""
    query = (
        f"SELECT {columns}{extra} FROM {out_file.source} WHERE account.provider_id = %(provider)s"
        f" AND {selection.condition} ORDER BY {out_file.moment}, row.id"
    )
    return query, {"provider": provider_id, **selection.parameters}


def _written(column: OutColumn) -> str:
    return _WRITTEN[column.kind].format(column.value)


def write_file(
    path: Path, out_file: OutFile, *, provider_id: int, selection: Selection, kind: str
) -> int:
    """Write all the rows and give their number; the file appears at once, whole, or the old one stays."""
    query, parameters = select(out_file, provider_id=provider_id, selection=selection)
    write = {"csv": _write_csv, "xlsx": _write_xlsx}[kind]
    with _appearing(path) as target:
        return write(target, out_file, query, parameters)


@contextmanager
def _appearing(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
    ) as target:
        try:
            yield target
            target.flush()
            os.fsync(target.fileno())
            Path(target.name).replace(path)
        except BaseException:
            Path(target.name).unlink(missing_ok=True)
            raise


def _write_csv(
    target: IO[bytes], _out_file: OutFile, query: str, parameters: Mapping[str, Any]
) -> int:
    with connection.cursor() as cursor:
        copy = f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER, DELIMITER ';', ENCODING 'UTF8')"
        with cursor.copy(copy, parameters) as rows:
            for block in rows:
                target.write(block)
        return int(cursor.rowcount)


def _write_xlsx(
    target: IO[bytes], out_file: OutFile, query: str, parameters: Mapping[str, Any]
) -> int:
    book = Workbook(write_only=True)
    count = 0
    sheet = None
    for row in _streamed(query, parameters):
        if count % SHEET_ROWS == 0:
            sheet = _new_sheet(book, out_file, 1 + count // SHEET_ROWS)
        assert sheet is not None  # noqa: S101 -- the first row makes it
        sheet.append([_cell(value) for value in row])
        count += 1
    if sheet is None:
        _new_sheet(book, out_file, 1)
    book.save(target)
    return count


def _new_sheet(book: Workbook, out_file: OutFile, number: int) -> Any:
    sheet = book.create_sheet(out_file.name if number == 1 else f"{out_file.name}-{number}")
    sheet.append([column.name for column in out_file.columns])
    return sheet


def _cell(value: Any) -> Any:
    return _UNPRINTABLE.sub("", value) if isinstance(value, str) else value


def _streamed(query: str, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Rows through a server-side cursor: memory does not grow with their number."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(query, parameters)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
