"""Charges of an account month by month (BIL-11) and service by service (BIL-07)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, Q, Sum, Value
from django.db.models.functions import Coalesce, NullIf

from kabinet.billing import scopes
from kabinet.billing.calculations import sum_known
from kabinet.billing.queries.rows import BillRow, money, to_bill_row
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period

UNIT = Coalesce(NullIf("unit", Value("")), "service__unit")


@dataclass(frozen=True, slots=True)
class PeriodSearch:
    """Which months to show; a month without a year means that month of every year («май»)."""

    first: Period
    last: Period | None = None
    month: int | None = None


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month of the account, all its bills together; None is what the provider has not told.

    ``closing`` is None while the month is open (BIL-04). ``volume`` is known only where everything charged in
    the month is counted in one unit. ``penalty`` is the month's debt of penalties, which stands apart (BIL-29).
    """

    period: Period
    opening: Money
    charged: Money
    adjusted: Money | None
    benefit: Money | None
    quality: Money | None
    paid: Money | None
    closing: Money | None
    penalty: Money | None
    volume: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class ChargeHistoryRow:
    """The months with their totals, and which optional columns say anything (BIL-30)."""

    months: tuple[MonthRow, ...]
    charged: Money
    adjusted: Money | None
    benefit: Money | None
    quality: Money | None
    paid: Money | None
    penalty: Money | None
    opening: Money
    closing: Money | None
    volume: Decimal | None
    unit: str

    def _tells(self, column: str) -> bool:
        return any(getattr(month, column) for month in self.months)

    def last_begun(self, month: Period) -> MonthRow | None:
        """The newest month that is not later than ``month``: a bill of the future is no news yet."""
        return next((row for row in self.months if row.period <= month), None)

    @property
    def has_open(self) -> bool:
        return any(month.closing is None for month in self.months)

    @property
    def has_adjusted(self) -> bool:
        return self._tells("adjusted")

    @property
    def has_benefit(self) -> bool:
        return self._tells("benefit")

    @property
    def has_quality(self) -> bool:
        return self._tells("quality")

    @property
    def has_penalty(self) -> bool:
        return self._tells("penalty")


def get_charge_history(*, actor: Actor, account_id: int, search: PeriodSearch) -> ChargeHistoryRow:
    """Give the months that fit, newest first, with totals; two queries."""
    bills = list(
        scopes.visible_charges(actor)
        .filter(_fits(search, "period"), account=account_id)
        .order_by("-period", "kind")
    )
    volumes = _volumes(actor, account_id, search) if bills else {}
    by_month: dict[Period, list[BillRow]] = defaultdict(list)
    for bill in bills:
        by_month[Period.of(bill.period)].append(to_bill_row(bill))
    months = tuple(
        _to_month(period, rows, volumes.get(period)) for period, rows in by_month.items()
    )
    return _with_totals(months)


def _fits(search: PeriodSearch, field: str) -> Q:
    fits = Q(**{f"{field}__gte": search.first.first_day})
    if search.last is not None:
        fits &= Q(**{f"{field}__lte": search.last.first_day})
    if search.month is not None:
        fits &= Q(**{f"{field}__month": search.month})
    return fits


@dataclass(frozen=True, slots=True)
class _Volume:
    volume: Decimal | None
    unit: str
    quality: Money | None


def _volumes(actor: Actor, account_id: int, search: PeriodSearch) -> Mapping[Period, _Volume]:
    rows = (
        scopes.visible_charge_lines(actor)
        .filter(_fits(search, "bill__period"), bill__account=account_id)
        .values("bill__period")
        .annotate(
            volumes=Sum("volume"),
            units=Count(UNIT, filter=Q(volume__isnull=False), distinct=True),
            one_unit=Max(UNIT, filter=Q(volume__isnull=False)),
            removed=Sum("quality"),
        )
        .values_list("bill__period", "volumes", "units", "one_unit", "removed")
    )
    return {
        Period.of(period): _Volume(
            volume if units == 1 else None, unit or "" if units == 1 else "", money(removed)
        )
        for period, volume, units, unit, removed in rows
    }


def _to_month(period: Period, bills: Sequence[BillRow], volume: _Volume | None) -> MonthRow:
    is_closed = all(bill.final for bill in bills)
    return MonthRow(
        period=period,
        opening=Money.total(bill.opening for bill in bills),
        charged=Money.total(bill.charged for bill in bills),
        adjusted=sum_known(bill.adjusted for bill in bills),
        benefit=sum_known(bill.benefit for bill in bills),
        quality=volume.quality if volume else None,
        paid=sum_known(bill.paid for bill in bills),
        closing=Money.total(bill.total for bill in bills) if is_closed else None,
        penalty=sum_known(bill.penalty_total for bill in bills),
        volume=volume.volume if volume else None,
        unit=volume.unit if volume else "",
    )


def _with_totals(months: tuple[MonthRow, ...]) -> ChargeHistoryRow:
    """Movements add up; the opening is that of the first month and the closing that of the last (BIL-11)."""
    units = {month.unit for month in months if month.volume is not None}
    volumes = [month.volume for month in months if month.volume is not None]
    return ChargeHistoryRow(
        months=months,
        charged=Money.total(month.charged for month in months),
        adjusted=sum_known(month.adjusted for month in months),
        benefit=sum_known(month.benefit for month in months),
        quality=sum_known(month.quality for month in months),
        paid=sum_known(month.paid for month in months),
        penalty=months[0].penalty if months else None,
        opening=months[-1].opening if months else Money.zero(),
        closing=months[0].closing if months else Money.zero(),
        volume=sum(volumes, Decimal(0)) if len(units) == 1 else None,
        unit=units.pop() if len(units) == 1 else "",
    )
