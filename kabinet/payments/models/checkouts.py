"""What a person decided to pay, split by payee, and every try to take it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from kabinet.accounts.models import Account
from kabinet.billing.models import MONEY
from kabinet.payments.enums import HOLDING, UNDER_WAY, AttemptState, Cause, Origin, PartState
from kabinet.payments.models.cards import SavedCard
from kabinet.payments.models.merchants import Merchant
from kabinet.payments.models.watched import Watched, to_check
from kabinet.providers.enums import PayMethod
from kabinet.providers.models import Service, Supplier


class Checkout(models.Model):
    """One press of «Оплатить»: items and sum are fixed here (design §6).

    They follow the bank only where people have accepted that it took another sum (``operations.disputes``).

    ``key`` comes with the form: the same press again is the same checkout (PAY-46). ``amount`` is what goes to the
    payees, ``commission`` what the payer gives on top. ``receipt_email`` or ``receipt_phone`` gets the fiscal receipt.
    ``offers``: the versions of the texts that were accepted (``AcceptedOffer``), by provider.
    ``again``: the person knows that another payment of the same account is under way. ``user`` is empty for guests; ``subject_hash`` ties a guest's checkout to the browser session that opened it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="checkouts"
    )
    subject_hash = models.CharField(max_length=64, blank=True)
    origin = models.CharField(max_length=8, choices=Origin)
    method = models.CharField(max_length=12, choices=PayMethod)
    saved_card = models.ForeignKey(SavedCard, models.PROTECT, null=True, related_name="+")
    save_card = models.BooleanField(default=False)
    again = models.BooleanField(default=False)
    amount = models.DecimalField(**MONEY)
    commission = models.DecimalField(**MONEY, default=0)
    receipt_email = models.EmailField(blank=True)
    receipt_phone = models.CharField(max_length=16, blank=True)
    offers = models.JSONField(default=dict, db_default={})
    address = models.CharField(max_length=45, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at"], name="checkout_newest")]
        constraints = [
            models.CheckConstraint(
                name="checkout_takes_money", condition=Q(amount__gt=0, commission__gte=0)
            ),
            models.CheckConstraint(
                name="checkout_saved_card_with_its_method",
                condition=Q(
                    method__in=[PayMethod.SAVED_CARD, PayMethod.AUTOPAY], saved_card__isnull=False
                )
                | ~Q(method__in=[PayMethod.SAVED_CARD, PayMethod.AUTOPAY]) & Q(saved_card=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id}: {self.amount}"


class CheckoutPart(models.Model):
    """One payee's share of a checkout; paid once, whatever the number of attempts (PAY-49).

    ``refunded`` is what has gone back or is on its way back, commission included.
    """

    checkout = models.ForeignKey(Checkout, models.PROTECT, related_name="parts", db_index=False)
    number = models.PositiveSmallIntegerField()
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", db_index=False)
    amount = models.DecimalField(**MONEY)
    commission = models.DecimalField(**MONEY, default=0)
    state = models.CharField(max_length=8, choices=PartState, default=PartState.OPEN)
    paid_at = models.DateTimeField(null=True)
    refunded = models.DecimalField(**MONEY, default=0)

    class Meta:
        indexes = [models.Index(fields=["merchant", "paid_at"], name="part_by_merchant_and_day")]
        constraints = [
            models.UniqueConstraint(fields=["checkout", "number"], name="part_once_per_checkout"),
            models.CheckConstraint(
                name="part_gives_back_no_more_than_it_took",
                condition=Q(amount__gt=0, commission__gte=0, refunded__gte=0)
                & Q(refunded__lte=F("amount") + F("commission")),
            ),
            models.CheckConstraint(
                name="part_paid_at_follows_state",
                condition=Q(state=PartState.OPEN, paid_at=None, refunded=0)
                | ~Q(state=PartState.OPEN) & Q(paid_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checkout_id}.{self.number}: {self.amount} {self.state}"


class CheckoutItem(models.Model):
    """One line: what is paid for which account, service and supplier.

    ``penalty`` is the part of ``amount`` that goes to penalties (as in ``PostedPayment``). ``due`` is what was owed
    then: what is above it is an advance (54-ФЗ). ``commission`` is this line's share of the part's. ``receipt`` is the
    kind of the bill that the line stands in, as in ``CartItem``: two bills may tell the same service, or none at all.
    A line is zero only where the bank took less than was asked for and people have accepted that.
    """

    part = models.ForeignKey(CheckoutPart, models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField()
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, related_name="+", db_index=False
    )
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, null=True, related_name="+", db_index=False
    )
    receipt = models.CharField(max_length=100, blank=True, default="", db_default="")
    title = models.CharField(max_length=200)
    amount = models.DecimalField(**MONEY)
    penalty = models.DecimalField(**MONEY, default=0)
    commission = models.DecimalField(**MONEY, default=0)
    due = models.DecimalField(**MONEY, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["part", "position"], name="item_once_per_place"),
            models.CheckConstraint(
                name="item_penalty_is_part_of_amount",
                condition=Q(
                    amount__gte=0, penalty__gte=0, commission__gte=0, penalty__lte=F("amount")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.amount}"


class Attempt(Watched):
    """One try to take a part's money; its row stands, with its key, before the bank hears of it (design §6).

    ``key`` is the idempotence key of the creating call, ``public_id`` the order number that the bank keeps.
    ``called_at`` is set before the first creating call: without it the bank cannot have heard. ``looked_at`` is
    when a waiting page looked last. ``reason`` is the bank's own code.
    ``amount_asked`` is set where people have accepted that the bank took another sum: then ``amount`` is that sum.
    ``asked`` is what went out with the first call besides the sum (``payments.asked``): it stays, whatever changes.
    ``told_receipt`` are the till's numbers that the bank told by itself while the money was in no book of ours.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    part = models.ForeignKey(CheckoutPart, models.PROTECT, related_name="attempts", db_index=False)
    number = models.PositiveSmallIntegerField()
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", db_index=False)
    key = models.UUIDField(default=uuid.uuid4)
    state = models.CharField(max_length=9, choices=AttemptState, default=AttemptState.CREATED)
    method = models.CharField(max_length=12, choices=PayMethod)
    amount = models.DecimalField(**MONEY)
    amount_asked = models.DecimalField(null=True, **MONEY)
    acquirer_id = models.CharField(max_length=64, null=True)
    confirmation_url = models.CharField(max_length=2048, blank=True)
    sbp_payload = models.CharField(max_length=1024, blank=True)
    reason = models.CharField(max_length=64, blank=True)
    cause = models.CharField(max_length=16, choices=Cause, blank=True)
    asked = models.JSONField(null=True)
    told_receipt = models.JSONField(null=True)
    card_system = models.CharField(max_length=20, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    created_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            to_check("attempt_to_check"),
            models.Index(fields=["merchant", "-created_at"], name="attempt_by_merchant_and_day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["part", "number"], name="attempt_once_per_number"),
            # The heart of "never charged twice": a part has one attempt that took its money or still may.
            models.UniqueConstraint(
                fields=["part"], condition=Q(state__in=HOLDING), name="attempt_one_holds_the_part"
            ),
            models.UniqueConstraint(
                fields=["merchant", "acquirer_id"], name="attempt_once_at_the_acquirer"
            ),
            models.CheckConstraint(
                name="attempt_is_checked_until_it_ends",
                condition=Q(state__in=UNDER_WAY, finished_at=None, next_check_at__isnull=False)
                | ~Q(state__in=UNDER_WAY) & Q(finished_at__isnull=False, next_check_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"
