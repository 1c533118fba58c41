"""A workbook read in a process of its own: the names of its sheets, or the rows of one, each a line of JSON.

Run as ``python -m kabinet.exchange.workbooks PATH [SHEET]``. The reader of workbooks holds a sheet as one rectangle:
two cells in far corners take all memory, and a stream may hold more than the archive says. Here that ends this process
alone, at a bound, and not the worker with everybody's imports.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from python_calamine import CalamineError, CalamineWorkbook

from kabinet.exchange.cells import as_text

MEMORY_LIMIT = 2 << 30
SECONDS_LIMIT = 600
ROW_LIMIT = 1 << 20


def lists(path: Path, sheet: str | None) -> Iterator[list[str]]:
    """:raises CalamineError, OSError, ValueError: it is no workbook."""
    book = CalamineWorkbook.from_path(str(path))
    if sheet is None:
        yield book.sheet_names
        return
    for row in book.get_sheet_by_name(sheet).iter_rows():
        texts = [as_text(cell) for cell in row]
        if sum(map(len, texts)) > ROW_LIMIT:
            raise ValueError(sheet)
        yield texts


def main(arguments: list[str], out: IO[str]) -> None:
    """Write the lists; a text instead of a list says that the book can't be read, and ends it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_LIMIT, SECONDS_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    path, *sheet = arguments
    try:
        for texts in lists(Path(path), next(iter(sheet), None)):
            out.write(f"{json.dumps(texts)}\n")
    except (CalamineError, OSError, ValueError) as error:
        out.write(f"{json.dumps(str(error))}\n")


if __name__ == "__main__":
    main(sys.argv[1:], sys.stdout)
