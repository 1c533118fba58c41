"""A small table as a file that spreadsheets open: CSV as Russian Excel expects it, and XLSX.

Large files of the exchange are streamed elsewhere; these fit a page.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.styles import Font

Cell = str | Decimal | None

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_RUNS = re.compile(r"[=+@\t\r\n＝＋－＠-]")
# What no workbook may hold.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NOT_IN_A_TITLE = re.compile(r"[\[\]:*?/\\]")
_LONGEST_TITLE = 31


def guarded(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula."""
    return f"'{text}" if _RUNS.match(text) else text


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a byte order mark, semicolons, decimal commas."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";")
    for row in rows:
        writer.writerow([_in_csv(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")


def _in_csv(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", ",")
    return guarded(cell or "")


def as_xlsx(rows: Iterable[Sequence[Cell]], *, title: str) -> bytes:
    """One sheet; the first row is its heading and stays in sight, numbers are numbers."""
    book = Workbook()
    sheet = book.create_sheet(_NOT_IN_A_TITLE.sub(" ", title)[:_LONGEST_TITLE])
    book.remove(book.worksheets[0])
    sheet.freeze_panes = "B2"
    sheet.column_dimensions["A"].width = 22
    for row in rows:
        sheet.append([_in_xlsx(cell) for cell in row])
    for heading in sheet[1]:
        heading.font = Font(bold=True)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _in_xlsx(cell: Cell) -> Cell:
    return guarded(_UNPRINTABLE.sub("", cell)) if isinstance(cell, str) else cell
