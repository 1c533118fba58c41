"""Settlements with the provider month by month: by service (BIL-07, 08) or by supplier (BIL-20, 21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from kabinet.accounts.models import AccountService
from kabinet.billing import scopes
from kabinet.billing.enums import Grouping
from kabinet.billing.models import Bill, BillLine
from kabinet.billing.queries.lines import LineSums, merged, of_bill, of_line
from kabinet.kernel.actors import Actor
from kabinet.kernel.period import Period

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class _WithSuppliers(TypedDict):
        suppliers: list[str]

    BillOfAccount = WithAnnotations[Bill, _WithSuppliers]


@dataclass(frozen=True, slots=True)
class SettlementLineRow:
    """A line of the bills behind a month; ``tariff`` is None where the provider gave none."""

    service_name: str
    supplier_name: str
    operation: str
    calc_period: Period | None
    tariff: Decimal | None
    is_penalty: bool
    sums: LineSums


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """A month of one group; its closing is unknown while the month is open (BIL-04)."""

    period: Period
    is_open: bool
    sums: LineSums
    lines: tuple[SettlementLineRow, ...]


@dataclass(frozen=True, slots=True)
class SettlementGroupRow:
    """A service (or its penalties), or a supplier, through the year.

    ``name`` is None for bills that came without lines and speak for everything together, and empty for lines that
    name no supplier. A supplier of the account that says nothing all year has no ``months``.
    """

    name: str | None
    is_penalty: bool
    months: tuple[SettlementRow, ...]

    def _tells(self, column: str) -> bool:
        return any(getattr(month.sums, column) for month in self.months)

    @property
    def has_volume(self) -> bool:
        return self._tells("volume")

    @property
    def has_benefit(self) -> bool:
        return self._tells("benefit")

    @property
    def has_adjusted(self) -> bool:
        return self._tells("adjusted")

    @property
    def has_quality(self) -> bool:
        return self._tells("quality")

    @property
    def columns(self) -> int:
        """How many columns the group's table has."""
        optional = (self.has_volume, self.has_benefit, self.has_adjusted, self.has_quality)
        return 5 + sum(optional)

    @property
    def is_open(self) -> bool:
        """A month's closing stands as a dash, so the page says why."""
        return any(month.is_open for month in self.months)

    @property
    def total(self) -> LineSums:
        """The year: its movements added up, from the first opening to the last closing that is known.

        Needs months.
        """
        whole = merged([month.sums for month in self.months])
        return replace(
            whole, opening=self.months[-1].sums.opening, closing=self.months[0].sums.closing
        )


@dataclass(frozen=True, slots=True)
class _Part:
    group: tuple[bool, str | None]
    bill: Bill
    sums: LineSums
    line: SettlementLineRow | None


def get_settlement_years(*, actor: Actor, account_id: int, since: Period) -> Sequence[int]:
    """Give the years with charges from ``since`` on, newest first; one query."""
    bills = scopes.visible_charges(actor).filter(account=account_id, period__gte=since.first_day)
    return [first.year for first in bills.dates("period", "year", order="DESC")]


def get_settlements(
    *,
    actor: Actor,
    account_id: int,
    year: int,
    since: Period,
    grouping: Grouping = Grouping.SERVICE,
) -> Sequence[SettlementGroupRow]:
    """Give the year's months of every group, newest first, from ``since`` on; two queries.

    By service, penalties of a service stand apart (BIL-29). A bill without lines speaks for everything together.
    """
    bills = list(_bills(actor, account_id, year, since))
    by_id = {bill.pk: bill for bill in bills}
    lines = BillLine.objects.filter(bill__in=list(by_id)).select_related("service", "supplier")
    groups: dict[tuple[bool, str | None], list[_Part]] = defaultdict(list)
    for part in _parts(by_id, lines.order_by("is_penalty", "service__name", "line"), grouping):
        groups[part.group].append(part)
    if grouping is Grouping.SUPPLIER:
        for name in bills[0].suppliers if bills else ():
            groups.setdefault((False, name), [])
    return [
        SettlementGroupRow(name, is_penalty, _months(parts))
        for (is_penalty, name), parts in sorted(groups.items(), key=_place)
        if not (is_penalty and all(part.sums.is_nothing for part in parts))
    ]


def _bills(actor: Actor, account_id: int, year: int, since: Period) -> Iterable[BillOfAccount]:
    """The year's bills, each with the names of the account's suppliers: no query of their own."""
    known = AccountService.objects.filter(account=OuterRef("account"), supplier__isnull=False)
    return (
        scopes.visible_charges(actor)
        .filter(account=account_id, period__year=year, period__gte=since.first_day)
        .annotate(suppliers=ArraySubquery(known.values("supplier__name")))
    )


def _place(group: tuple[tuple[bool, str | None], Sequence[_Part]]) -> tuple[bool, bool, str]:
    """Penalties after the services; what nobody is named for at the very end."""
    (is_penalty, name), _parts_of_group = group
    return is_penalty, not name, name or ""


def _parts(
    bills: Mapping[int, Bill], lines: Iterable[BillLine], grouping: Grouping
) -> Iterable[_Part]:
    without_lines = set(bills)
    for line in lines:
        without_lines.discard(line.bill_id)
        row = _to_line(line)
        by_service = (line.is_penalty, row.service_name)
        group = by_service if grouping is Grouping.SERVICE else (False, row.supplier_name)
        yield _Part(group, bills[line.bill_id], row.sums, row)
    for bill_id in without_lines:
        yield _Part((False, None), bills[bill_id], of_bill(bills[bill_id]), None)


def _to_line(line: BillLine) -> SettlementLineRow:
    return SettlementLineRow(
        service_name=line.service.name,
        supplier_name=line.supplier.name if line.supplier else "",
        operation=line.operation,
        calc_period=Period.of(line.calc_period) if line.calc_period else None,
        tariff=line.tariff,
        is_penalty=line.is_penalty,
        sums=of_line(line),
    )


def _months(parts: Sequence[_Part]) -> tuple[SettlementRow, ...]:
    by_month: dict[Period, list[_Part]] = defaultdict(list)
    for part in parts:
        by_month[Period.of(part.bill.period)].append(part)
    # Hot and cold water are both cubic metres, and yet nobody used their sum.
    is_one_service = len({part.line.service_name for part in parts if part.line}) == 1
    return tuple(
        _month(period, by_month[period], counts=is_one_service)
        for period in sorted(by_month, reverse=True)
    )


def _month(period: Period, parts: Sequence[_Part], *, counts: bool) -> SettlementRow:
    is_open = not all(part.bill.final for part in parts)
    sums = merged([part.sums for part in parts])
    if not counts:
        sums = replace(sums, volume=None, unit="")
    return SettlementRow(
        period=period,
        is_open=is_open,
        sums=replace(sums, closing=None) if is_open else sums,
        lines=tuple(part.line for part in parts if part.line is not None),
    )
