"""The shown table as a file, row for row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from kabinet.kernel import spreadsheets
from kabinet.kernel.spreadsheets import Cell
from kabinet.ui import formatting
from kabinet.web.statistics.kinds import SOURCES
from kabinet.web.statistics.page import StatisticsPage, heading, rows_of


class FileKind(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


CONTENT_TYPES: Mapping[FileKind, str] = {
    FileKind.CSV: spreadsheets.CSV,
    FileKind.XLSX: spreadsheets.XLSX,
}


def rows(page: StatisticsPage) -> Iterator[Sequence[Cell]]:
    """Heading, months from the newest, the sums and the averages that stand under the table."""
    columns = page.table.columns
    yield [_("Месяц"), *(heading(column) for column in columns)]
    for month, values in rows_of(page.table):
        yield [formatting.month(month), *map(_plain, values)]
    yield [_("Всего"), *(_plain(column.total) for column in columns)]
    yield [_("В среднем за месяц"), *(_plain(column.average) for column in columns)]


def _plain(value: Decimal | None) -> Decimal | None:
    """Without the zeros that only the column of the database has; kopecks stay."""
    if value is None:
        return None
    exponent = value.normalize().as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    return value.quantize(Decimal(1).scaleb(-max(places, 2)))


def write(page: StatisticsPage, kind: FileKind) -> bytes:
    if kind is FileKind.CSV:
        return spreadsheets.as_csv(rows(page))
    return spreadsheets.as_xlsx(rows(page), title=str(SOURCES[page.kind].tab))


def file_name(page: StatisticsPage, number: str, kind: FileKind) -> str:
    months = page.table.months
    subject = f"{SOURCES[page.kind].tab} {number} {months[0]} {months[-1]}"
    return f"{subject}.{kind}"
