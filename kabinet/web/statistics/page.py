"""From an address to the figures, the graphs and the sentences of a page; downloads start here too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel.actors import Actor
from kabinet.kernel.figures import MonthlyFigure
from kabinet.kernel.period import Period
from kabinet.ui import formatting
from kabinet.ui.graphs import Drawing, Graph, Series, folded
from kabinet.web.statistics import kinds
from kabinet.web.statistics.forms import Span, StatisticsForm
from kabinet.web.statistics.kinds import SOURCES, Kind
from kabinet.web.statistics.table import YEAR, Block, Column, Table, build, years_of
from kabinet.web.tabs import Tab
from kabinet.web.zones import zone_name

MOST_GRAPHS = 6
PENALTIES = gettext_lazy("Пени")
NO_SERVICE = gettext_lazy("Все услуги вместе")
NO_SUPPLIER = gettext_lazy("Поставщик не указан")
# Fewer shared months say nothing about two years.
_COMPARABLE_MONTHS = 3


@dataclass(frozen=True, slots=True)
class StatisticsPage:
    """``cut_to`` is the first month that the provider shows, where the person asked for more."""

    form: StatisticsForm
    kind: Kind
    table: Table
    since: Period
    cut_to: Period | None
    query: str
    tabs: Sequence[Tab]

    @property
    def range(self) -> str:
        return range_words(self.table.months)

    @property
    def graphs(self) -> Sequence[tuple[Block, Graph]]:
        return [(block, _graph(self, block)) for block in self.table.blocks[:MOST_GRAPHS]]

    @property
    def undrawn(self) -> int:
        return max(len(self.table.blocks) - MOST_GRAPHS, 0)

    @property
    def answer(self) -> str:
        """One sentence where there is one sum; a list of services cannot be added up."""
        words = str(SOURCES[self.kind].answer)
        if len(self.table.blocks) != 1:
            return words
        block = self.table.blocks[0]
        total = told(block.total.total, block.unit)
        return f"{words}: {total}" if not self.kind.is_money else f"{words} {total}"

    @property
    def average(self) -> str:
        block = self.table.blocks[0]
        return told(block.total.average, block.unit)

    @property
    def growth(self) -> str:
        return growth_words(self.table.blocks[0])


def open_page(
    *, actor: Actor, account: LinkedAccountRow, given: Mapping[str, Any], today: date
) -> StatisticsPage | None:
    """Load what is asked for; None where the link opens nothing that statistics could be about."""
    open_kinds = kinds.kinds_of(account)
    if not open_kinds:
        return None
    form = StatisticsForm(given, open_kinds)
    since, now = kinds.since(account, form.chosen_kind, today), Period.of(today)
    first, _last = form.months(since=since, newest=now.plus(-1))
    earliest = max(first.plus(-YEAR), since)
    figures = SOURCES[form.chosen_kind].load(actor, account.id, earliest, now)
    form.offer(figures, _zone_names(figures))
    newest = now if any(figure.period == now for figure in figures) else now.plus(-1)
    months = _months(form, figures, since=since, newest=newest)
    return StatisticsPage(
        form=form,
        kind=form.chosen_kind,
        table=_table(form, figures, months),
        since=since,
        cut_to=since if form.reaches_beyond(since, newest) else None,
        query=urlencode(_asked(form)),
        tabs=[_tab(form, kind) for kind in open_kinds],
    )


def _asked(form: StatisticsForm) -> Mapping[str, str]:
    """The address of what is shown: only what was chosen, in the spelling of the form."""
    return {
        name: "on" if chosen is True else str(chosen)
        for name, chosen in form.chosen.items()
        if chosen
    }


def _tab(form: StatisticsForm, kind: Kind) -> Tab:
    """Another kind keeps the months and the look; what is chosen among services may not exist there."""
    kept = ("span", "first", "last", "view", "compare")
    asked = {name: value for name, value in _asked(form).items() if name in kept}
    return Tab(
        f"?{urlencode({'kind': kind, **asked})}", SOURCES[kind].tab, kind is form.chosen_kind
    )


def _months(
    form: StatisticsForm, figures: Sequence[MonthlyFigure], *, since: Period, newest: Period
) -> Sequence[Period]:
    """Three years of somebody who came last year begin with their first month, but never show less than a year."""
    first, last = form.months(since=since, newest=newest)
    if form.chosen["span"] != Span.OWN:
        told_from = min((figure.period for figure in figures), default=last)
        first = max(first, min(told_from, last.plus(1 - YEAR)))
    count = (last.year - first.year) * YEAR + last.month - first.month + 1
    return [first.plus(step) for step in range(count)]


def _table(
    form: StatisticsForm, figures: Sequence[MonthlyFigure], months: Sequence[Period]
) -> Table:
    shown = [figure for figure in figures if form.fits(figure)]
    zones = _zone_names(figures)

    def name_of(figure: MonthlyFigure) -> str:
        if figure.is_penalty:
            return str(PENALTIES)
        if figure.zone:
            return zones[figure.zone]
        if form.by_supplier:
            return figure.supplier_name or str(NO_SUPPLIER)
        return figure.service_name or str(NO_SERVICE)

    return build(
        shown,
        months=months,
        name_of=name_of,
        last_names={str(NO_SERVICE), str(NO_SUPPLIER), str(PENALTIES)},
        is_compared=bool(form.chosen.get("compare")),
    )


def _zone_names(figures: Sequence[MonthlyFigure]) -> Mapping[str, str]:
    zones = sorted({figure.zone for figure in figures if figure.zone})
    return {zone: zone_name(zone, len(zones)) for zone in zones}


def _graph(page: StatisticsPage, block: Block) -> Graph:
    table = page.table
    if table.is_compared:
        series: tuple[Series, ...] = tuple(column.series for column in years_of(block))
    elif len(table.blocks) > 1 and len(block.columns) == 1:
        # Its name stands above the graph.
        series = (Series(_("всего"), block.total.values),)
    else:
        series = folded([column.series for column in block.columns], _("остальные"))
    return Graph(
        title=_title(page, block),
        unit=block.unit,
        months=table.months,
        series=series,
        drawing=_drawing(page),
        when=page.range,
        sums=_sums(table, block),
    )


def _drawing(page: StatisticsPage) -> Drawing:
    if page.form.lines:
        return Drawing.LINES
    return Drawing.GROUPED if page.table.is_compared else Drawing.STACKED


def _sums(table: Table, block: Block) -> Series | None:
    if table.is_compared:
        return block.difference.series
    is_sum = len(block.columns) > 1
    return Series(_("всего"), block.total.values) if is_sum else None


def _title(page: StatisticsPage, block: Block) -> str:
    """What a screen reader hears instead of the picture."""
    subject = f"{SOURCES[page.kind].tab}: {block.name}" if block.name else SOURCES[page.kind].tab
    return _("%(subject)s, %(range)s, по месяцам. Те же числа в таблице ниже.") % {
        "subject": subject,
        "range": page.range,
    }


def range_words(months: Sequence[Period]) -> str:
    if not months:
        return ""
    first, last = formatting.month(months[0]), formatting.month(months[-1])
    return first if len(months) == 1 else f"{first} — {last}"


def told(value: Decimal | None, unit: str) -> str:
    if value is None:
        return formatting.NOTHING
    return formatting.money(value) if unit == formatting.ROUBLE else formatting.volume(value, unit)


def growth_words(block: Block) -> str:
    """How the total stands against the same months a year before; nothing where too few months can be compared."""
    growth = block.growth
    if growth is None or block.shared_months < _COMPARABLE_MONTHS:
        return ""
    if not growth:
        return _("столько же, сколько за те же месяцы годом раньше")
    sentence = (
        _("на %(percent)s\u00a0%% больше, чем за те же месяцы годом раньше")
        if growth > 0
        else _("на %(percent)s\u00a0%% меньше, чем за те же месяцы годом раньше")
    )
    return sentence % {"percent": formatting.number(abs(growth))}


def rows_of(table: Table) -> Iterator[tuple[Period, Sequence[Decimal | None]]]:
    """The months of the table from the newest, a value for each column."""
    columns = table.columns
    for place in range(len(table.months) - 1, -1, -1):
        yield table.months[place], [column.values[place] for column in columns]


def heading(column: Column) -> str:
    return f"{column.name}, {column.unit}"
