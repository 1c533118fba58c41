"""Money that has really moved, once per row, and what follows from it: refunds and fiscal receipts."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Case, DecimalField, F, Q, Value, When
from django.db.models.functions import Greatest, Now

from kabinet.accounts.models import Account
from kabinet.billing.models import MONEY
from kabinet.payments.enums import REFUND_UNDER_WAY, Cause, EntryKind, ReceiptState, RefundState
from kabinet.payments.models.checkouts import Attempt, CheckoutItem, CheckoutPart
from kabinet.payments.models.watched import Watched, to_check


class Refund(Watched):
    """Money on its way back: the reverse of an attempt, with the same exactness (PAY-48, OPX-31).

    ``amount`` is all that goes back; ``commission`` the part of it that is commission. ``of_payment``: the bank's
    payment that is given back whole, of money that is in no book of ours; it has no lines and holds nothing.
    ``asked`` is what went out with the first call besides the sum (``payments.asked``). ``amount_asked`` is set where
    people have booked that the bank gave back another sum: then ``amount`` is that sum.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    part = models.ForeignKey(CheckoutPart, models.PROTECT, related_name="refunds")
    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="+", db_index=False)
    key = models.UUIDField(unique=True)
    state = models.CharField(max_length=9, choices=RefundState, default=RefundState.CREATED)
    of_payment = models.CharField(max_length=64, blank=True, default="", db_default="")
    amount = models.DecimalField(**MONEY)
    amount_asked = models.DecimalField(null=True, **MONEY)
    commission = models.DecimalField(**MONEY, default=0)
    why = models.CharField(max_length=250)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    acquirer_id = models.CharField(max_length=64, null=True)
    reason = models.CharField(max_length=64, blank=True)
    cause = models.CharField(max_length=16, choices=Cause, blank=True)
    asked = models.JSONField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            to_check("refund_to_check"),
            models.Index(
                fields=["of_payment"], condition=~Q(of_payment=""), name="refund_of_unbooked_money"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="refund_gives_money",
                condition=Q(amount__gt=0, commission__gte=0, commission__lte=F("amount")),
            ),
            # What has gone back is known before more is asked for; a second press meets this.
            models.UniqueConstraint(
                fields=["part"],
                condition=Q(state__in=REFUND_UNDER_WAY),
                name="refund_one_at_a_time",
            ),
            models.CheckConstraint(
                name="refund_is_checked_until_it_ends",
                condition=Q(
                    state__in=REFUND_UNDER_WAY, finished_at=None, next_check_at__isnull=False
                )
                | ~Q(state__in=REFUND_UNDER_WAY) & Q(finished_at__isnull=False, next_check_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}: {self.amount}"


class RefundItem(models.Model):
    """How much of one line goes back; ``penalty`` is a part of ``amount``, commission stands apart."""

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="items", db_index=False)
    item = models.ForeignKey(CheckoutItem, models.PROTECT, related_name="refund_items")
    amount = models.DecimalField(**MONEY)
    penalty = models.DecimalField(**MONEY, default=0)
    commission = models.DecimalField(**MONEY, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["refund", "item"], name="refund_item_once"),
            models.CheckConstraint(
                name="refund_item_gives_something",
                condition=Q(
                    amount__gt=0, penalty__gte=0, commission__gte=0, penalty__lte=F("amount")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.amount}"


class LedgerEntry(models.Model):
    """One line's money that moved, in or back; written in the transaction that learned of it, never deleted.

    This is the register of payments (OPX-19) and what ``payments-out`` gives (XCH-11). ``public_id`` is the
    ``portal_id`` of the exchange. ``posted`` is how much of it the provider's books hold (XCH-10), always positive;
    ``unconfirmed`` is what they do not hold yet, negative for a refund: what a person sees as due is the provider's
    figure less the sum of it (PAY-47). ``closed_at``: staff have settled a difference by hand.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    item = models.ForeignKey(CheckoutItem, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=8, choices=EntryKind)
    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="entries")
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, related_name="entries")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    amount = models.DecimalField(**MONEY)
    penalty = models.DecimalField(**MONEY, default=0)
    commission = models.DecimalField(**MONEY, default=0)
    happened_at = models.DateTimeField()
    # When the row appeared here: whoever pages through rows by it misses none that the bank told of late.
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    export_number = models.BigIntegerField(null=True)
    handed_over_at = models.DateTimeField(null=True)
    posted = models.DecimalField(**MONEY, default=0)
    confirmed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    unconfirmed = models.GeneratedField(
        expression=Case(
            When(closed_at__isnull=False, then=Value(0)),
            When(kind=EntryKind.PAID, then=Greatest(F("amount") - F("posted"), Value(0))),
            default=-Greatest(F("amount") - F("posted"), Value(0)),
            output_field=DecimalField(**MONEY),
        ),
        output_field=DecimalField(**MONEY),
        db_persist=True,
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["account"], condition=~Q(unconfirmed=0), name="entry_unconfirmed_by_account"
            ),
            models.Index(fields=["account", "-happened_at"], name="entry_by_account"),
            models.Index(fields=["id"], condition=Q(export_number=None), name="entry_not_exported"),
            models.Index(fields=["export_number"], name="entry_by_export"),
            models.Index(fields=["recorded_at"], name="entry_by_moment"),
        ]
        constraints = [
            # Counted once, whoever learns of it: the webhook, the poller, the person's return.
            models.UniqueConstraint(
                fields=["item"], condition=Q(kind=EntryKind.PAID), name="entry_paid_once"
            ),
            models.UniqueConstraint(
                fields=["refund", "item"],
                condition=Q(kind=EntryKind.REFUNDED),
                name="entry_refunded_once",
            ),
            models.CheckConstraint(
                name="entry_refund_is_named",
                condition=Q(kind=EntryKind.PAID, refund=None)
                | Q(kind=EntryKind.REFUNDED, refund__isnull=False),
            ),
            models.CheckConstraint(
                name="entry_moves_money",
                condition=Q(
                    amount__gt=0, penalty__gte=0, commission__gte=0, penalty__lte=F("amount")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class FiscalReceipt(Watched):
    """The till's receipt for an attempt or a refund (PAY-44, 54-ФЗ); ``lines`` are as they were sent."""

    attempt = models.OneToOneField(
        Attempt, models.PROTECT, null=True, related_name="fiscal_receipt"
    )
    refund = models.OneToOneField(Refund, models.PROTECT, null=True, related_name="fiscal_receipt")
    state = models.CharField(max_length=10, choices=ReceiptState, default=ReceiptState.WAITING)
    contact = models.CharField(max_length=254)
    lines = models.JSONField(default=list)
    acquirer_id = models.CharField(max_length=64, blank=True)
    document_number = models.CharField(max_length=20, blank=True)
    storage_number = models.CharField(max_length=20, blank=True)
    fiscal_sign = models.CharField(max_length=20, blank=True)
    url = models.CharField(max_length=500, blank=True)
    registered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            to_check("receipt_to_check"),
            models.Index(
                fields=["created_at"],
                condition=Q(state=ReceiptState.FAILED),
                name="receipt_not_registered",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="receipt_is_of_one_thing",
                condition=Q(attempt=None, refund__isnull=False)
                | Q(attempt__isnull=False, refund=None),
            ),
            models.CheckConstraint(
                name="receipt_is_checked_while_it_waits",
                condition=Q(state=ReceiptState.WAITING, next_check_at__isnull=False)
                | ~Q(state=ReceiptState.WAITING) & Q(next_check_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.document_number}"
