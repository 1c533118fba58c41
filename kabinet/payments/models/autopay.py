"""Payments that go by themselves (PAY-16–18)."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from kabinet.accounts.models import Account
from kabinet.billing.models import MONEY
from kabinet.payments.enums import AutopayRunState, AutopayState, AutopayWord, Cause
from kabinet.payments.models.cards import SavedCard
from kabinet.payments.models.checkouts import Checkout


class Autopay(models.Model):
    """A person's order to pay an account's due every month (PAY-16–18); one in force per account.

    It pays the lines of its card's merchant and no others: a token works with one merchant. ``failures`` are tries in
    a row without success. ``counted_from``: a day that came before it (or within a day after) is left to the next
    month; resuming and choosing another day move it on, else it is ``connected_at``.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="autopays"
    )
    card = models.ForeignKey(SavedCard, models.PROTECT, null=True, related_name="autopays")
    state = models.CharField(max_length=8, choices=AutopayState, default=AutopayState.BINDING)
    limit = models.DecimalField(**MONEY)
    day = models.PositiveSmallIntegerField()
    email = models.EmailField()
    pays_up_to_limit = models.BooleanField(default=False)
    failures = models.PositiveSmallIntegerField(default=0)
    binding_checkout = models.ForeignKey(
        Checkout, models.PROTECT, null=True, related_name="+", db_index=False
    )
    consented_at = models.DateTimeField()
    connected_at = models.DateTimeField(null=True)
    counted_from = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=~Q(state=AutopayState.OFF),
                name="autopay_one_per_account",
            ),
            models.CheckConstraint(
                name="autopay_has_a_limit_and_a_day", condition=Q(limit__gt=0, day__range=(1, 28))
            ),
            models.CheckConstraint(
                name="autopay_pays_with_a_card",
                condition=~Q(state__in=[AutopayState.ON, AutopayState.PAUSED])
                | Q(card__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.state}"


class AutopayRun(models.Model):
    """One month's automatic payment of an account: planned once, started once (PAY-17).

    ``period`` is the first day of the month whose day has come. ``due_at`` is when it is started; a failed try moves
    it to the next day, three at most. ``notified_at``: the person knows of it since then, at least a day before it is
    started. ``checkout`` is the newest try's. ``held_since``: it waits since then for a payment that somebody else makes.
    """

    autopay = models.ForeignKey(Autopay, models.PROTECT, related_name="runs", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    period = models.DateField()
    state = models.CharField(max_length=8, choices=AutopayRunState, default=AutopayRunState.PLANNED)
    amount = models.DecimalField(null=True, **MONEY)
    notified_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    held_since = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    checkout = models.OneToOneField(Checkout, models.PROTECT, null=True, related_name="autopay_run")
    cause = models.CharField(max_length=16, choices=Cause, blank=True)
    told = models.CharField(max_length=200, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state=AutopayRunState.PLANNED),
                name="autopay_run_due",
            ),
            models.Index(
                fields=["checkout"],
                condition=Q(state=AutopayRunState.STARTED),
                name="autopay_run_under_way",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "period"], name="autopay_once_a_month"),
            models.CheckConstraint(
                name="autopay_run_period_is_a_first_day", condition=Q(period__day=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.period:%Y-%m} {self.state}"


class AutopayLetter(models.Model):
    """What a letter of an autopay has to tell, as it was then; its words are found when it leaves (``channels.writing``)."""

    autopay = models.ForeignKey(Autopay, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=AutopayWord)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.autopay_id} {self.kind}"
