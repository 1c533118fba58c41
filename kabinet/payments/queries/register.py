"""The register of payments for a provider's staff (OPX-19): what was tried, taken and given back, payee by payee."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.payments import scopes
from kabinet.payments.enums import GIVEN_UP, RESOLVED, UNDER_WAY, AttemptState, Cause, ReceiptState
from kabinet.payments.models import Attempt, CheckoutItem, FiscalReceipt, Refund
from kabinet.payments.queries.cards import card_words
from kabinet.payments.queries.fiscal_rows import FiscalRow, to_fiscal_row
from kabinet.providers.enums import PayMethod

PAGE_ROWS = 50


class Shown(StrEnum):
    """What of the register is looked at."""

    PAID = "paid"
    RETURNED = "returned"
    MOVING = "moving"
    FAILED = "failed"
    DISPUTED = "disputed"
    NO_RECEIPT = "no_receipt"


# What has taken money is of the day on which it did; the rest is of the day on which it was tried.
WITH_MONEY = (Shown.PAID, Shown.RETURNED, Shown.NO_RECEIPT)


@dataclass(frozen=True, slots=True)
class RegisterSearch:
    """``first`` and ``last`` are days at the provider, both included. ``number`` is the bank's or ours."""

    shown: Shown = Shown.PAID
    first: date | None = None
    last: date | None = None
    merchant_id: int | None = None
    method: PayMethod | None = None
    account_number: str = ""
    amount: Money | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class MerchantChoice:
    id: int
    provider_id: int
    payee_name: str
    timezone: str


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One try to take a part's money; ``whole`` holds the commission. ``at`` is when it was paid, else tried."""

    attempt_id: int
    provider_id: int
    checkout_id: uuid.UUID
    part: int
    at: datetime
    timezone: str
    payee_name: str
    account_numbers: Sequence[str]
    whole: Money
    commission: Money
    refunded: Money
    method: PayMethod
    card_system: str
    card_last4: str
    state: AttemptState
    cause: Cause | None
    reason: str
    bank_number: str
    fiscal: FiscalRow | None

    @property
    def card(self) -> str:
        """«Мир •• 4477», empty where no card paid."""
        return card_words(self.card_system, self.card_last4) if self.card_last4 else ""


@dataclass(frozen=True, slots=True)
class RegisterTotals:
    count: int
    whole: Money
    commission: Money
    refunded: Money


def get_merchant_choices(*, actor: Actor) -> Sequence[MerchantChoice]:
    """Give the payees whose payments the staff member looks after; one query."""
    merchants = scopes.served_merchants(actor).select_related("provider")
    return [
        MerchantChoice(row.pk, row.provider_id, row.payee_name, row.provider.timezone)
        for row in merchants.order_by("payee_name", "pk")
    ]


def count_failed_receipts(*, actor: Actor) -> int:
    """Count the receipts that no till has registered, of payments and refunds; one query on an index of them."""
    return scopes.served_receipts(actor).filter(state=ReceiptState.FAILED).count()


def get_register(
    *,
    actor: Actor,
    search: RegisterSearch,
    merchants: Sequence[MerchantChoice],
    first: int = 0,
    most: int = PAGE_ROWS,
) -> Sequence[RegisterRow]:
    """Give rows of the register, the newest first; one query for any number of them."""
    found = _found(actor, search, merchants)
    numbers = CheckoutItem.objects.filter(part=OuterRef("part")).values("part")
    rows = (
        found.select_related("part__checkout", "merchant__provider", "fiscal_receipt")
        .annotate(
            numbers=Subquery(
                numbers.annotate(all=ArrayAgg("account__number", distinct=True)).values("all")
            )
        )
        .order_by(F(_day(search)).desc(nulls_last=True), "-pk")
    )
    return [_to_row(attempt) for attempt in rows[first : first + most]]


def get_register_totals(
    *, actor: Actor, search: RegisterSearch, merchants: Sequence[MerchantChoice]
) -> RegisterTotals:
    """Count and sum up everything that is found; one query."""
    zero = Decimal(0)
    sums = _found(actor, search, merchants).aggregate(
        count=Count("pk"),
        whole=Coalesce(Sum("amount"), zero),
        commission=Coalesce(Sum("part__commission"), zero),
        # What has gone back stands on the part, once for all its refunds; its failed tries have taken nothing.
        refunded=Coalesce(Sum("part__refunded", filter=Q(state=AttemptState.SUCCEEDED)), zero),
    )
    return RegisterTotals(
        count=sums["count"],
        whole=Money(sums["whole"]),
        commission=Money(sums["commission"]),
        refunded=Money(sums["refunded"]),
    )


def _found(
    actor: Actor, search: RegisterSearch, merchants: Sequence[MerchantChoice]
) -> QuerySet[Attempt]:
    served = [row for row in merchants if search.merchant_id in {None, row.id}]
    found = scopes.served_attempts(actor).filter(
        _shown(search.shown), _days(search, served), merchant__in=[row.id for row in served]
    )
    if search.method is not None:
        found = found.filter(method=search.method)
    if search.amount is not None:
        sought = search.amount.amount
        found = found.filter(Q(amount=sought) | Q(part__amount=sought))
    if search.account_number:
        items = CheckoutItem.objects.filter(
            part=OuterRef("part"), account__number=search.account_number
        )
        found = found.filter(Exists(items))
    return found.filter(_numbered(search.number)) if search.number else found


def _shown(shown: Shown) -> Q:
    return {
        Shown.PAID: Q(state=AttemptState.SUCCEEDED),
        Shown.RETURNED: Q(state=AttemptState.SUCCEEDED, part__refunded__gt=0),
        Shown.MOVING: Q(state__in=UNDER_WAY),
        Shown.FAILED: Q(state__in=GIVEN_UP),
        Shown.DISPUTED: Q(state__in=[AttemptState.DISPUTED, *RESOLVED]),
        Shown.NO_RECEIPT: Q(state=AttemptState.SUCCEEDED) & _lacks_receipt(),
    }[shown]


def _lacks_receipt() -> Q:
    """No till has registered the receipt of the payment, or of one of its refunds."""
    failed = FiscalReceipt.objects.filter(state=ReceiptState.FAILED)
    of_refunds = failed.filter(refund__attempt=OuterRef("pk"))
    return Q(Exists(failed.filter(attempt=OuterRef("pk")))) | Q(Exists(of_refunds))


def _day(search: RegisterSearch) -> str:
    return "part__paid_at" if search.shown in WITH_MONEY else "created_at"


def _days(search: RegisterSearch, merchants: Iterable[MerchantChoice]) -> Q:
    """Days are those of each provider's own clock."""
    if search.first is None and search.last is None:
        return Q()
    by_zone: dict[str, list[int]] = {}
    for row in merchants:
        by_zone.setdefault(row.timezone, []).append(row.id)
    column = _day(search)
    found = Q(pk__in=[])
    for zone, ids in by_zone.items():
        range_ = Q(merchant__in=ids)
        if search.first is not None:
            range_ &= Q(**{f"{column}__gte": _midnight(search.first, zone)})
        if search.last is not None:
            range_ &= Q(**{f"{column}__lt": _midnight(search.last + timedelta(days=1), zone)})
        found |= range_
    return found


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone))


def _numbered(number: str) -> Q:
    refunds = Refund.objects.filter(attempt=OuterRef("pk"), acquirer_id=number)
    found = Q(acquirer_id=number) | Q(Exists(refunds))
    try:
        ours = uuid.UUID(number)
    except ValueError:
        return found
    return found | Q(public_id=ours) | Q(part__checkout__public_id=ours)


def _to_row(attempt: Attempt) -> RegisterRow:
    part, merchant = attempt.part, attempt.merchant
    return RegisterRow(
        attempt_id=attempt.pk,
        provider_id=merchant.provider_id,
        checkout_id=part.checkout.public_id,
        part=part.number,
        at=_moment(attempt),
        timezone=merchant.provider.timezone,
        payee_name=merchant.payee_name,
        account_numbers=sorted(getattr(attempt, "numbers", None) or ()),
        whole=Money(attempt.amount),
        commission=Money(part.commission),
        refunded=Money(
            part.refunded if attempt.state == AttemptState.SUCCEEDED else Decimal("0.00")
        ),
        method=PayMethod(attempt.method),
        card_system=attempt.card_system,
        card_last4=attempt.card_last4,
        state=AttemptState(attempt.state),
        cause=Cause(attempt.cause) if attempt.cause else None,
        reason=attempt.reason,
        bank_number=attempt.acquirer_id or "",
        fiscal=to_fiscal_row(getattr(attempt, "fiscal_receipt", None)),
    )


def _moment(attempt: Attempt) -> datetime:
    paid_at = attempt.part.paid_at
    return paid_at if paid_at and attempt.state == AttemptState.SUCCEEDED else attempt.created_at


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A line of a payment, for the file of the register."""

    row: RegisterRow
    account_number: str
    title: str
    supplier_name: str
    amount: Money
    penalty: Money
    commission: Money


def get_register_lines(
    *,
    actor: Actor,
    search: RegisterSearch,
    merchants: Sequence[MerchantChoice],
    most: int,
) -> Sequence[RegisterLine]:
    """Give everything that is found line by line, at most so many payments; two queries."""
    rows = get_register(actor=actor, search=search, merchants=merchants, most=most)
    parts = {(row.checkout_id, row.part) for row in rows}
    items = CheckoutItem.objects.filter(
        part__attempts__in=[row.attempt_id for row in rows]
    ).select_related("account", "supplier", "part__checkout")
    by_part: dict[tuple[uuid.UUID, int], list[CheckoutItem]] = {key: [] for key in parts}
    for item in items.order_by("part", "position").distinct():
        by_part[item.part.checkout.public_id, item.part.number].append(item)
    return [
        RegisterLine(
            row=row,
            account_number=item.account.number,
            title=item.title,
            supplier_name=item.supplier.name if item.supplier else "",
            amount=Money(item.amount),
            penalty=Money(item.penalty),
            commission=Money(item.commission),
        )
        for row in rows
        for item in by_part[row.checkout_id, row.part]
    ]
