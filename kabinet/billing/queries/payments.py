"""Payments as the provider's books know them (BIL-12, 28, 31, 32)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from kabinet.billing import scopes
from kabinet.billing.models import PostedPayment
from kabinet.billing.queries.rows import money
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """``penalty`` is the part of ``amount`` that went to penalties; not processed yet means only accepted."""

    received_on: date
    processed_on: date | None
    amount: Money
    penalty: Money | None
    source: str
    place: str
    service_name: str
    supplier_name: str


@dataclass(frozen=True, slots=True)
class PaymentsPageRow:
    """A portion of the payments that fit, and how many and how much they are in all; ``page`` counts from 1."""

    payments: Sequence[PaymentRow]
    count: int
    total: Money
    page: int

    @property
    def has_place(self) -> bool:
        return any(payment.place for payment in self.payments)

    @property
    def has_service(self) -> bool:
        return any(payment.service_name for payment in self.payments)


@dataclass(frozen=True, slots=True)
class PaymentSearch:
    """Which payments to show: inside the days, and of the wanted sum or day, whichever fits.

    ``whole_roubles`` finds 1 111,10 by «1111».
    """

    first_day: date
    last_day: date | None = None
    amount: Decimal | None = None
    whole_roubles: bool = False


def get_payments(
    *, actor: Actor, account_id: int, search: PaymentSearch, size: int, page: int = 1
) -> PaymentsPageRow:
    """Give one page of the payments that fit, newest first; two queries.

    Behind the last page stands the last one.
    """
    found = scopes.visible_payments(actor).filter(_fits(search), account=account_id)
    told = found.aggregate(count=Count("pk"), total=Sum("amount"))
    page = min(page, max(-(-told["count"] // size), 1))
    rows = _portion(found, size=size, page=page) if told["count"] else []
    return PaymentsPageRow(
        payments=[to_payment_row(payment) for payment in rows],
        count=told["count"],
        total=money(told["total"]) or Money.zero(),
        page=page,
    )


def _portion(payments: QuerySet[PostedPayment], *, size: int, page: int) -> QuerySet[PostedPayment]:
    ordered = payments.select_related("service", "supplier").order_by("-received_on", "-pk")
    return ordered[(page - 1) * size : page * size]


def _fits(search: PaymentSearch) -> Q:
    fits = Q(received_on__gte=search.first_day)
    if search.last_day is not None:
        fits &= Q(received_on__lte=search.last_day)
    if search.amount is not None and search.whole_roubles:
        fits &= Q(amount__gte=search.amount, amount__lt=search.amount + 1)
    elif search.amount is not None:
        fits &= Q(amount=search.amount)
    return fits


def to_payment_row(payment: PostedPayment) -> PaymentRow:
    """Needs ``select_related("service", "supplier")``."""
    return PaymentRow(
        received_on=payment.received_on,
        processed_on=payment.processed_on,
        amount=money(payment.amount),
        penalty=money(payment.penalty),
        source=payment.source,
        place=payment.place,
        service_name=payment.service.name if payment.service else "",
        supplier_name=payment.supplier.name if payment.supplier else "",
    )
