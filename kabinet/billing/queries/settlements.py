"""Settlements with the provider, service by service and month by month (BIL-07, 08)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kabinet.billing import scopes
from kabinet.billing.models import Bill, BillLine
from kabinet.billing.queries.lines import LineSums, merged, of_bill, of_line
from kabinet.kernel.actors import Actor
from kabinet.kernel.period import Period


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """A month of one service; its closing is unknown while the month is open (BIL-04)."""

    period: Period
    is_open: bool
    sums: LineSums


@dataclass(frozen=True, slots=True)
class ServiceSettlementsRow:
    """A service through the year; ``service_name`` is empty for bills that came without lines."""

    service_name: str
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


@dataclass(frozen=True, slots=True)
class _Part:
    service: tuple[bool, str]
    bill: Bill
    sums: LineSums


def get_settlement_years(*, actor: Actor, account_id: int, since: Period) -> Sequence[int]:
    """Give the years with charges from ``since`` on, newest first; one query."""
    bills = scopes.visible_charges(actor).filter(account=account_id, period__gte=since.first_day)
    return [first.year for first in bills.dates("period", "year", order="DESC")]


def get_settlements(
    *, actor: Actor, account_id: int, year: int, since: Period
) -> Sequence[ServiceSettlementsRow]:
    """Give the year's months of every service, newest first, from ``since`` on; two queries.

    Penalties of a service stand apart (BIL-29). A bill without lines speaks for all services together.
    """
    bills = scopes.visible_charges(actor).filter(
        account=account_id, period__year=year, period__gte=since.first_day
    )
    by_id = {bill.pk: bill for bill in bills}
    lines = BillLine.objects.filter(bill__in=list(by_id)).select_related("service")
    groups: dict[tuple[bool, str], list[_Part]] = defaultdict(list)
    for part in _parts(by_id, lines):
        groups[part.service].append(part)
    return [
        ServiceSettlementsRow(name, is_penalty, _months(parts))
        for (is_penalty, name), parts in sorted(groups.items(), key=lambda group: group[0])
    ]


def _parts(bills: Mapping[int, Bill], lines: Iterable[BillLine]) -> Iterable[_Part]:
    without_lines = set(bills)
    for line in lines:
        without_lines.discard(line.bill_id)
        name = (line.is_penalty, line.service.name)
        yield _Part(name, bills[line.bill_id], of_line(line))
    for bill_id in without_lines:
        yield _Part((False, ""), bills[bill_id], of_bill(bills[bill_id]))


def _months(parts: Iterable[_Part]) -> tuple[SettlementRow, ...]:
    by_month: dict[Period, list[_Part]] = defaultdict(list)
    for part in parts:
        by_month[Period.of(part.bill.period)].append(part)
    return tuple(_month(period, by_month[period]) for period in sorted(by_month, reverse=True))


def _month(period: Period, parts: Sequence[_Part]) -> SettlementRow:
    is_open = not all(part.bill.final for part in parts)
    sums = merged([part.sums for part in parts])
    return SettlementRow(period, is_open, replace(sums, closing=None) if is_open else sums)
