"""Charges, volumes and payments by month, service and supplier (BIL-19)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from kabinet.billing import scopes
from kabinet.billing.models import Bill, BillLine, PostedPayment
from kabinet.billing.queries.charges import UNIT
from kabinet.kernel.actors import Actor
from kabinet.kernel.figures import ROUBLES, MonthlyFigure
from kabinet.kernel.period import Period

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
    lines = (
        _lines(actor, account_id, months)
        .values_list(*_LINE_KEYS, "is_penalty")
        .annotate(Sum("charged"))
    )
    figures = [_of_line(row[:-2], row[-1], ROUBLES, is_penalty=row[-2]) for row in lines]
    return [*figures, *_without_lines(scopes.charges_for_statistics(actor), account_id, months)]


def get_monthly_volumes(
    *, actor: Actor, account_id: int, months: MonthRange
) -> Sequence[MonthlyFigure]:
    """Give the volumes that were charged, each in its unit; one query."""
    lines = (
        _lines(actor, account_id, months)
        .filter(volume__isnull=False, is_penalty=False)
        .values_list(*_LINE_KEYS, UNIT)
        .annotate(Sum("volume"))
    )
    return [_of_line(row[:-2], row[-1], row[-2]) for row in lines if row[-2] not in _NOT_A_USE]


def get_monthly_payments(
    *, actor: Actor, account_id: int, months: MonthRange
) -> Sequence[MonthlyFigure]:
    """Give what was paid, by the month in which the payment was received; one query."""
    payments: QuerySet[PostedPayment, Any] = (
        scopes.payments_for_statistics(actor)
        .filter(
            account=account_id,
            received_on__gte=months.first.first_day,
            received_on__lte=months.last.last_day,
        )
        .order_by()
        .values_list(TruncMonth("received_on"), *_WHOSE)
        .annotate(Sum("amount"))
    )
    return [_of_line(row[:-1], row[-1], ROUBLES) for row in payments]


_WHOSE = ("service__code", "service__name", "supplier__code", "supplier__name")
_LINE_KEYS = ("bill__period", *_WHOSE)


def _lines(actor: Actor, account_id: int, months: MonthRange) -> QuerySet[BillLine]:
    bills = scopes.charges_for_statistics(actor).filter(_in_months(months), account=account_id)
    return BillLine.objects.filter(bill__in=bills).order_by()


def _in_months(months: MonthRange) -> Q:
    return Q(period__gte=months.first.first_day, period__lte=months.last.first_day)


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


def _without_lines(
    bills: QuerySet[Bill], account_id: int, months: MonthRange
) -> Iterator[MonthlyFigure]:
    lines = BillLine.objects.filter(bill=OuterRef("pk"))
    sums: Iterable[tuple[date, Decimal | None, Decimal | None]] = (
        bills.filter(_in_months(months), account=account_id)
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
    for month, charged, penalty in sums:
        period = Period.of(month)
        if charged is not None:
            yield MonthlyFigure(period, charged, ROUBLES)
        if penalty:
            yield MonthlyFigure(period, penalty, ROUBLES, is_penalty=True)
