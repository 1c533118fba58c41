"""The daily comparison of three books: the bank's, ours, the provider's (PAY-46, OPX-19)."""

from __future__ import annotations

from django.db import models

from kabinet.accounts.models import Account
from kabinet.billing.models import MONEY
from kabinet.payments.enums import DiscrepancyKind, EntryKind, Outcome
from kabinet.payments.models.ledger import LedgerEntry
from kabinet.payments.models.merchants import Merchant


class Reconciliation(models.Model):
    """One day of one merchant, compared; again on the same day replaces what it found."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)
    at_bank = models.PositiveIntegerField(default=0)
    here = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    bank_sum = models.DecimalField(default=0, **MONEY)
    own_sum = models.DecimalField(default=0, **MONEY)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "day"], name="reconciliation_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.day}"


class BankRecord(models.Model):
    """A payment or refund as the acquirer's list gives it; kept to be compared and looked at."""

    reconciliation = models.ForeignKey(
        Reconciliation, models.PROTECT, related_name="records", db_index=False
    )
    kind = models.CharField(max_length=8, choices=EntryKind)
    acquirer_id = models.CharField(max_length=64)
    amount = models.DecimalField(**MONEY)
    happened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reconciliation", "kind", "acquirer_id"], name="bank_record_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.acquirer_id}: {self.amount}"


class Discrepancy(models.Model):
    """Something that does not match; nothing is corrected by itself (PAY-46, 47).

    ``key`` names the thing within its kind, so that finding it again tomorrow is the same row. ``outcome`` is what
    people decided when it was closed last, empty where only a word was needed.
    """

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, null=True, related_name="+", db_index=False
    )
    provider_id = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=16, choices=DiscrepancyKind)
    key = models.CharField(max_length=80)
    day = models.DateField()
    acquirer_id = models.CharField(max_length=64, blank=True)
    entry = models.ForeignKey(
        LedgerEntry, models.PROTECT, null=True, related_name="+", db_index=False
    )
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", db_index=False
    )
    bank_amount = models.DecimalField(null=True, **MONEY)
    own_amount = models.DecimalField(null=True, **MONEY)
    posted_amount = models.DecimalField(null=True, **MONEY)
    found_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by_id = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True, default="", db_default="")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider_id", "kind", "key"], name="discrepancy_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
