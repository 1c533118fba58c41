"""Figures of months as columns: what is added up, what is not, and what is set against the year before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from kabinet.kernel.figures import ROUBLES, MonthlyFigure
from kabinet.kernel.period import Period
from kabinet.ui.graphs import Series, added

YEAR = 12
_HUNDREDTH = Decimal("0.01")
Values = tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One thing through the months; None where the provider has told nothing."""

    name: str
    unit: str
    values: Values

    @property
    def known(self) -> Sequence[Decimal]:
        return [value for value in self.values if value is not None]

    @property
    def total(self) -> Decimal | None:
        return sum(self.known, Decimal(0)) if self.known else None

    @property
    def average(self) -> Decimal | None:
        """Per month that has a value: a missing one is not a zero."""
        total = self.total
        return (
            None if total is None else (total / len(self.known)).quantize(_HUNDREDTH, ROUND_HALF_UP)
        )

    @property
    def series(self) -> Series:
        return Series(self.name, self.values)


@dataclass(frozen=True, slots=True)
class Block:
    """Things that add up, so that they share a graph: all sums, or the zones of one service.

    ``before`` is the total a year earlier, month by month.
    """

    name: str
    unit: str
    columns: tuple[Column, ...]
    total: Column
    before: Column

    @property
    def difference(self) -> Column:
        pairs = zip(self.total.values, self.before.values, strict=True)
        values = tuple(None if now is None or then is None else now - then for now, then in pairs)
        return Column(_("разница"), self.unit, values)

    @property
    def growth(self) -> Decimal | None:
        """By how much more than a year earlier, in per cent, over the months known in both years."""
        pairs = [
            (now, then)
            for now, then in zip(self.total.values, self.before.values, strict=True)
            if now is not None and then is not None
        ]
        then = sum((pair[1] for pair in pairs), Decimal(0))
        if then <= 0:
            return None
        now = sum((pair[0] for pair in pairs), Decimal(0))
        return ((now - then) / then * 100).quantize(Decimal(1), ROUND_HALF_UP)

    @property
    def shared_months(self) -> int:
        return len(self.difference.known)


@dataclass(frozen=True, slots=True)
class Table:
    """``months`` from the oldest; ``is_compared``: the years stand side by side instead of the parts."""

    months: tuple[Period, ...]
    blocks: tuple[Block, ...]
    is_compared: bool

    @property
    def columns(self) -> Sequence[Column]:
        return [column for block in self.blocks for column in self._columns_of(block)]

    def _columns_of(self, block: Block) -> Iterable[Column]:
        alone = len(self.blocks) == 1
        if self.is_compared:
            return (_inside(block, column, alone) for column in _years(block))
        if len(block.columns) == 1:
            return (block.columns[0] if alone else _renamed(block.columns[0], block.name),)
        total = _renamed(block.total, _("всего"))
        return (_inside(block, column, alone) for column in (total, *block.columns))

    @property
    def has_data(self) -> bool:
        return any(block.total.known for block in self.blocks)

    @property
    def known_months(self) -> int:
        """How many months have anything at all."""
        if not self.blocks:
            return 0
        together = added([block.total.series for block in self.blocks])
        return sum(value is not None for value in together.values)


def years_of(block: Block) -> tuple[Column, Column]:
    return _renamed(block.total, _("эти месяцы")), _renamed(block.before, _("годом раньше"))


def _years(block: Block) -> tuple[Column, Column, Column]:
    return (*years_of(block), block.difference)


def _renamed(column: Column, name: str) -> Column:
    return Column(name, column.unit, column.values)


def _inside(block: Block, column: Column, alone: bool) -> Column:  # noqa: FBT001 -- private
    return column if alone else _renamed(column, f"{block.name}, {column.name}")


def build(
    figures: Sequence[MonthlyFigure],
    *,
    months: Sequence[Period],
    name_of: Callable[[MonthlyFigure], str],
    last_names: Collection[str] = (),
    is_compared: bool,
) -> Table:
    """Put the figures of ``months`` into columns by ``name_of``; those a year before only into the comparison.

    Sums of money share one block, volumes have a block for each service. Names in ``last_names`` come last, the
    others from the largest total.
    """
    groups: dict[tuple[str, str], list[MonthlyFigure]] = defaultdict(list)
    for figure in figures:
        name = "" if figure.unit == ROUBLES else figure.service_name
        groups[name, figure.unit].append(figure)
    shown = set(months)
    blocks = [
        _block(name, unit, inside, months, name_of, last_names)
        for (name, unit), inside in sorted(groups.items(), key=lambda group: group[0])
        if any(figure.period in shown for figure in inside)
    ]
    return Table(tuple(months), tuple(blocks), is_compared)


def _block(
    name: str,
    unit: str,
    figures: Sequence[MonthlyFigure],
    months: Sequence[Period],
    name_of: Callable[[MonthlyFigure], str],
    last_names: Collection[str],
) -> Block:
    parts: dict[str, dict[Period, Decimal]] = defaultdict(dict)
    whole: dict[Period, Decimal] = {}
    for figure in figures:
        for sums in (parts[name_of(figure)], whole):
            sums[figure.period] = sums.get(figure.period, Decimal(0)) + figure.value
    columns = [_column(part, unit, sums, months) for part, sums in parts.items()]
    told = [column for column in columns if column.known]
    told.sort(
        key=lambda column: (
            column.name in last_names,
            -abs(column.total or Decimal(0)),
            column.name,
        )
    )
    year_before = [month.plus(-YEAR) for month in months]
    return Block(
        name=name,
        unit=unit,
        columns=tuple(told),
        total=_column("", unit, whole, months),
        before=_column("", unit, whole, year_before),
    )


def _column(
    name: str, unit: str, sums: Mapping[Period, Decimal], months: Sequence[Period]
) -> Column:
    return Column(name, unit, tuple(sums.get(month) for month in months))
