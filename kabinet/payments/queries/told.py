"""Money of the ledger that comes along with every linked account, so that what is due costs no query (PAY-47)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, DecimalField, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Cast, Least, Now

from kabinet.accounts import riders
from kabinet.billing import unconfirmed
from kabinet.billing.models import Bill
from kabinet.payments.enums import EntryKind
from kabinet.payments.models import LedgerEntry
from kabinet.providers.enums import Feature

_SUM = DecimalField(max_digits=14, decimal_places=2)


def register() -> None:
    """Called once, when the app is ready; seen by whoever sees the balance."""
    riders.LINKED.register(unconfirmed.RIDER, _paid_here, opens=Feature.BALANCE)


def _paid_here() -> Cast:
    """What no book of the provider's holds, and what the latest bills cannot hold: they are older."""
    entries = LedgerEntry.objects.filter(
        ~Q(unconfirmed=0) | Q(happened_at__gt=Subquery(_latest_bills_made_at())),
        account=OuterRef("account"),
    ).annotate(moved=_moved(), penalty_moved=_signed("penalty"))
    entries = entries.annotate(whole=_signed("moved"))
    return riders.rows_as_text(
        entries.order_by(),
        "item__service_id",
        "item__supplier_id",
        "item__receipt",
        "unconfirmed",
        "whole",
        "penalty_moved",
        "happened_at",
    )


def _moved() -> Case:
    """Once staff have closed a difference, only what the provider has booked counts."""
    return Case(
        When(closed_at__isnull=False, then=Least("posted", "amount")),
        default=F("amount"),
        output_field=_SUM,
    )


def _signed(sum_name: str) -> Case:
    return Case(
        When(kind=EntryKind.REFUNDED, then=-F(sum_name)), default=F(sum_name), output_field=_SUM
    )


def _latest_bills_made_at() -> QuerySet[Bill, tuple[datetime]]:
    """When the oldest bill of the last closed month was made up; asked only where there is money that is booked."""
    closed = Bill.objects.filter(
        account=OuterRef(OuterRef("account")), final=True, period__lte=Now()
    )
    return closed.order_by("-period", "as_of").values_list("as_of")[:1]
