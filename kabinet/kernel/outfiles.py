"""How an app says what it gives back to the billing system (XCH-11); ``exchange`` reads, marks and writes the rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CellKind(StrEnum):
    """How a cell is written: only text from outside can pretend to be a formula, only numbers are numbers in a workbook."""

    TEXT = "text"
    OWN_WORD = "own_word"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class OutColumn:
    """``value`` is an SQL expression over the file's ``source``."""

    name: str
    value: str
    kind: CellKind = CellKind.TEXT


@dataclass(frozen=True, slots=True)
class OutFile:
    """A file of rows that are each new exactly once.

    The table behind the alias ``row`` has ``id`` and ``export_number``: the number of the run that first gave the
    row, or NULL. ``source`` joins it to ``account`` (for the provider). ``new`` says which unmarked rows are ready to
    go, ``current`` which are worth showing to who only looks. ``moment`` is when a row appeared here: paging goes by it.
    ``on_acknowledged`` follows the billing system's word, given ``%(at)s``, that it has run ``%(run)s``.
    """

    what: str
    table: str
    source: str
    columns: tuple[OutColumn, ...]
    moment: str
    new: str = "TRUE"
    current: str = "TRUE"
    on_acknowledged: str = ""

    @property
    def name(self) -> str:
        return f"{self.what}-out"
