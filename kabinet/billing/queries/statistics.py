"""Charges, volumes and payments by month, service and supplier (BIL-19)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from kabinet.billing import scopes
from kabinet.billing.models import Bill, BillLine
from kabinet.billing.queries.charges import UNIT
from kabinet.kernel.actors import Actor
from kabinet.kernel.figures import ROUBLES, MonthlyFigure
from kabinet.kernel.period import Period
from kabinet.kernel.prepared import Prepared

_Rows: TypeAlias = QuerySet[Any, Any]
# What a charge is counted by, but nobody uses up.
_NOT_A_USE = frozenset({"м²", "чел.", "шт.", ""})


@dataclass(frozen=True, slots=True)
class MonthRange:
    """Both months are included."""

    first: Period
    last: Period


def get_monthly_charges(
    *, actor: Actor, account_id: int, months: MonthRange
) -> Sequence[MonthlyFigure]:
    """Give what was charged, penalties apart (BIL-29); two queries.

    A bill without lines, or with none of its penalties among them, speaks for all its services together.
    """
    asked = (actor, account_id, months.first.first_day, months.last.first_day)
    return [
        *(_of_line(row[:-2], row[-1], ROUBLES, is_penalty=row[-2]) for row in _CHARGES(*asked)),
        *_told_without_lines(_WITHOUT_LINES(*asked)),
    ]


def get_monthly_volumes(
    *, actor: Actor, account_id: int, months: MonthRange
) -> Sequence[MonthlyFigure]:
    """Give the volumes that were charged, each in its unit; one query."""
    rows = _VOLUMES(actor, account_id, months.first.first_day, months.last.first_day)
    return [_of_line(row[:-2], row[-1], row[-2]) for row in rows if row[-2] not in _NOT_A_USE]


def get_monthly_payments(
    *, actor: Actor, account_id: int, months: MonthRange
) -> Sequence[MonthlyFigure]:
    """Give what was paid, by the month in which the payment was received; one query."""
    rows = _PAYMENTS(actor, account_id, months.first.first_day, months.last.last_day)
    return [_of_line(row[:-1], row[-1], ROUBLES) for row in rows]


_WHOSE = ("service__code", "service__name", "supplier__code", "supplier__name")
_LINE_KEYS = ("bill__period", *_WHOSE)


def _bills(actor: Actor, account_id: int, first: date, last: date) -> QuerySet[Bill]:
    bills = scopes.charges_for_statistics(actor)
    return bills.filter(account=account_id, period__gte=first, period__lte=last)


def _lines(actor: Actor, account_id: int, first: date, last: date) -> QuerySet[BillLine]:
    return BillLine.objects.filter(bill__in=_bills(actor, account_id, first, last)).order_by()


def _charges(actor: Actor, account_id: int, first: date, last: date) -> _Rows:
    lines = _lines(actor, account_id, first, last)
    return lines.values_list(*_LINE_KEYS, "is_penalty").annotate(Sum("charged"))


def _volumes(actor: Actor, account_id: int, first: date, last: date) -> _Rows:
    lines = _lines(actor, account_id, first, last).filter(volume__isnull=False, is_penalty=False)
    return lines.values_list(*_LINE_KEYS, UNIT).annotate(Sum("volume"))


def _payments(actor: Actor, account_id: int, first: date, last: date) -> _Rows:
    payments = scopes.payments_for_statistics(actor).filter(
        account=account_id, received_on__gte=first, received_on__lte=last
    )
    by_month = payments.order_by().values_list(TruncMonth("received_on"), *_WHOSE)
    return by_month.annotate(Sum("amount"))


def _without_lines(actor: Actor, account_id: int, first: date, last: date) -> _Rows:
    lines = BillLine.objects.filter(bill=OuterRef("pk"))
    return (
        _bills(actor, account_id, first, last)
        .alias(
            has_services=Exists(lines.filter(is_penalty=False)),
            has_penalties=Exists(lines.filter(is_penalty=True)),
        )
        .order_by()
        .values_list("period")
        .annotate(
            untold=Sum("charged", filter=Q(has_services=False)),
            untold_penalty=Sum("penalty_charged", filter=Q(has_penalties=False)),
        )
    )


_CHARGES = Prepared(_charges)
_VOLUMES = Prepared(_volumes)
_PAYMENTS = Prepared(_payments)
_WITHOUT_LINES = Prepared(_without_lines)


def _of_line(
    keys: Sequence[Any], value: Decimal, unit: str, *, is_penalty: bool = False
) -> MonthlyFigure:
    month, service, service_name, supplier, supplier_name = keys
    return MonthlyFigure(
        period=Period.of(month),
        value=value,
        unit=unit,
        service=service or "",
        service_name=service_name or "",
        supplier=supplier or "",
        supplier_name=supplier_name or "",
        is_penalty=is_penalty,
    )


def _told_without_lines(
    sums: Iterable[tuple[date, Decimal | None, Decimal | None]],
) -> Iterator[MonthlyFigure]:
    for month, charged, penalty in sums:
        period = Period.of(month)
        if charged is not None:
            yield MonthlyFigure(period, charged, ROUBLES)
        if penalty:
            yield MonthlyFigure(period, penalty, ROUBLES, is_penalty=True)
