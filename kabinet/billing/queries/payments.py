"""Payments as the provider's books know them (BIL-12, 28, 31, 32)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast

from kabinet.billing import scopes
from kabinet.billing.online import COLUMNS, source
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money


class PaymentState(StrEnum):
    """How far a payment made here has come on its way to the provider's books (PAY-45, 47)."""

    OUTSIDE = ""
    TAKEN = "taken"
    HANDED_OVER = "handed_over"
    POSTED = "posted"


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """``penalty`` is the part of ``amount`` that went to penalties; not processed yet means only accepted.

    ``checkout_id`` is set where the reader has paid it here.
    """

    received_on: date
    processed_on: date | None
    amount: Money
    penalty: Money | None
    source: str
    place: str
    service_name: str
    supplier_name: str
    state: PaymentState = PaymentState.OUTSIDE
    checkout_id: UUID | None = None

    @property
    def is_unposted(self) -> bool:
        """Paid or given back here, and not in the provider's books yet."""
        return self.state in {PaymentState.TAKEN, PaymentState.HANDED_OVER}

    @property
    def is_given_back(self) -> bool:
        return self.is_unposted and self.amount.amount < 0


@dataclass(frozen=True, slots=True)
class PaymentsPageRow:
    """A portion of the payments that fit, and how many and how much they are in all; ``page`` counts from 1."""

    payments: Sequence[PaymentRow]
    count: int
    total: Money
    page: int

    @property
    def last_amount(self) -> Money:
        """What was given last: all rows of one payment made here, of others the newest row."""
        newest = self.payments[0]
        if newest.checkout_id is None:
            return newest.amount
        same = (row.amount for row in self.payments if row.checkout_id == newest.checkout_id)
        return Money.total(same)

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

    What was paid here stands among them at once, and becomes the provider's own row when that names it (PAY-47).
    Behind the last page stands the last one.
    """
    found = _all(actor, account_id, search)
    count, total = _told(found)
    page = min(page, max(-(-count // size), 1))
    ordered = found.order_by("-shown_on", "-shown_number")
    rows = ordered[(page - 1) * size : page * size] if count else []
    return PaymentsPageRow(
        payments=[_to_row(row) for row in rows], count=count, total=Money(total), page=page
    )


def get_payments_between(
    *, actor: Actor, account_id: int, first_day: date, last_day: date
) -> Sequence[PaymentRow]:
    """Give all payments of the days, newest first, what was paid here and is not booked yet among them; one query."""
    found = _all(actor, account_id, PaymentSearch(first_day, last_day))
    return [_to_row(row) for row in found.order_by("-shown_on", "-shown_number")]


def _all(actor: Actor, account_id: int, search: PaymentSearch) -> QuerySet[Any, Any]:
    """The provider's rows and what of ours it has not booked, under one head."""
    online = source()
    posted = scopes.visible_payments(actor).filter(account=account_id)
    shown = posted.annotate(
        shown_on=F("received_on"),
        shown_processed_on=F("processed_on"),
        shown_sum=F("amount"),
        shown_penalty=F("penalty"),
        shown_source=Cast("source", TextField()),
        shown_place=Cast("place", TextField()),
        shown_service=Cast("service__name", TextField()),
        shown_supplier=Cast("supplier__name", TextField()),
        shown_state=online.state(),
        shown_checkout=online.checkout(actor),
        shown_number=F("pk"),
    )
    sides = (shown, online.unposted(actor, account_id))
    fitting = [side.filter(_fits(search)).order_by().values_list(*COLUMNS) for side in sides]
    return fitting[0].union(fitting[1], all=True)


def _told(found: QuerySet[Any, Any]) -> tuple[int, Decimal]:
    """How many there are and how much they are; Django adds up no unions."""
    try:
        sql, parameters = found.query.sql_with_params()
    except EmptyResultSet:
        return 0, Decimal("0.00")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), coalesce(sum(shown_sum), 0.00) FROM ({sql}) found", parameters
        )
        count, total = cursor.fetchone()
    return count, total


def _fits(search: PaymentSearch) -> Q:
    fits = Q(shown_on__gte=search.first_day)
    if search.last_day is not None:
        fits &= Q(shown_on__lte=search.last_day)
    if search.amount is not None and search.whole_roubles:
        fits &= Q(shown_sum__gte=search.amount, shown_sum__lt=search.amount + 1)
    elif search.amount is not None:
        fits &= Q(shown_sum=search.amount)
    return fits


def _to_row(row: tuple[Any, ...]) -> PaymentRow:
    (
        received,
        processed,
        amount,
        penalty,
        where_from,
        place,
        service,
        supplier,
        state,
        checkout,
        _,
    ) = row
    return PaymentRow(
        received_on=received,
        processed_on=processed,
        amount=Money(amount),
        penalty=None if penalty is None else Money(penalty),
        source=where_from,
        place=place,
        service_name=service or "",
        supplier_name=supplier or "",
        state=PaymentState(state),
        checkout_id=checkout,
    )
