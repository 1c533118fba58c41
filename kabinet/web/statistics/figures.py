"""The table beside a graph, written by hand: a thousand cells must not keep a phone or the server waiting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kabinet.kernel.figures import ROUBLES
from kabinet.kernel.period import Period
from kabinet.ui import formatting
from kabinet.web.statistics.page import StatisticsPage, rows_of
from kabinet.web.statistics.table import Column


def draw_figures(page: StatisticsPage) -> SafeString:
    """Months from the newest, one column for everything shown, sums and averages at the foot."""
    columns = page.table.columns
    units = [column.unit for column in columns]
    body = "".join(
        f'<tr><th scope="row">{_month(month)}</th>{_cells(values, units)}</tr>'
        for month, values in rows_of(page.table)
    )
    totals = [column.total for column in columns]
    averages = [column.average for column in columns]
    return SafeString(
        f'<table class="kb-figures"><caption class="visually-hidden">{escape(_("По месяцам"))}</caption>'
        f'<thead><tr><th scope="col">{escape(_("Месяц"))}</th>{"".join(_headings(columns))}</tr></thead>'
        f"<tbody>{body}</tbody><tfoot>"
        f'<tr><th scope="row">{escape(_("Всего"))}</th>{_cells(totals, units)}</tr>'
        f'<tr><th scope="row">{escape(_("В среднем"))}</th>{_cells(averages, units)}</tr>'
        "</tfoot></table>"
    )


def _month(month: Period) -> str:
    """Phones show three letters of its name."""
    name = formatting.month_name(month)
    return f"{name[:3]}<s>{name[3:]}</s> {month.year}"


def _headings(columns: Sequence[Column]) -> Iterator[str]:
    for column in columns:
        unit = "" if column.unit == ROUBLES else f", {column.unit}"
        yield f'<th scope="col">{escape(column.name + unit)}</th>'


def _cells(values: Sequence[Decimal | None], units: Sequence[str]) -> str:
    return "".join(
        f"<td>{_written(value, unit)}</td>" for value, unit in zip(values, units, strict=True)
    )


def _written(value: Decimal | None, unit: str) -> str:
    """The unit stands in the heading."""
    if value is None:
        return formatting.NOTHING
    return ",".join(formatting.split_money(value)) if unit == ROUBLES else formatting.number(value)
