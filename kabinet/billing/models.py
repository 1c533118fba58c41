from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from kabinet.accounts.models import Account
from kabinet.billing.enums import ArchiveState, VolumeBasis
from kabinet.providers.models import Service, Supplier

MONEY: Mapping[str, Any] = {"max_digits": 14, "decimal_places": 2}
VOLUME: Mapping[str, Any] = {"max_digits": 14, "decimal_places": 4}
# Foreign keys of the tables that come by the million: a trigger per row would take a third of an import, so a trigger
# per statement checks all new rows at once, and another keeps what they refer to (migration 0002).
CHECKED_IN_SETS: Mapping[str, Any] = {"db_index": False, "db_constraint": False}


class Tariff(models.Model):
    """The price of a service from a date on, per tariff group and day zone (BIL-22)."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="tariffs", db_index=False)
    group = models.CharField(max_length=64, blank=True)
    zone = models.CharField(max_length=2, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    price = models.DecimalField(max_digits=14, decimal_places=6)
    unit = models.CharField(max_length=16, blank=True)
    document = models.CharField(max_length=300, blank=True)
    document_url = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "group", "zone", "valid_from"], name="tariff_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.group} {self.zone} {self.valid_from}: {self.price}"


class Bill(models.Model):
    """What the provider asks an account to pay for one month (квитанция, платёжный документ).

    Indexes that a unique constraint already gives, and those on rarely deleted parents, are left out: import speed.
    Sums are roubles, due positive (BIL-01); ``paid`` is positive money received. Penalties stand apart (BIL-29):
    no ``penalty_…`` sum is part of its namesake, so the whole bill is ``total + penalty_total``, and its lines with
    ``is_penalty`` belong to the penalty sums. ``revision`` grows with every
    change of the bill or of its lines, so that an issued PDF stays tied to what it showed (BIL-36, 41).
    ``public_id`` is looked up only within an account, so it needs no index of its own.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="bills", **CHECKED_IN_SETS)
    period = models.DateField()
    kind = models.CharField(max_length=100)
    number = models.CharField(max_length=64, blank=True)
    issued_on = models.DateField(null=True)
    as_of = models.DateTimeField()
    opening = models.DecimalField(**MONEY)
    paid = models.DecimalField(null=True, **MONEY)
    charged = models.DecimalField(**MONEY)
    adjusted = models.DecimalField(null=True, **MONEY)
    benefit = models.DecimalField(null=True, **MONEY)
    total = models.DecimalField(**MONEY)
    penalty_opening = models.DecimalField(null=True, **MONEY)
    penalty_paid = models.DecimalField(null=True, **MONEY)
    penalty_charged = models.DecimalField(null=True, **MONEY)
    penalty_total = models.DecimalField(null=True, **MONEY)
    preliminary = models.DecimalField(null=True, **MONEY)
    penalty_preliminary = models.DecimalField(null=True, **MONEY)
    opening_is_net = models.BooleanField(default=False)
    final = models.BooleanField(default=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "period", "kind"], name="bill_once_per_period_and_kind"
            ),
            models.CheckConstraint(name="bill_period_is_a_first_day", condition=Q(period__day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.period:%Y-%m} {self.kind}"


class BillLine(models.Model):
    """One row of a bill: a service, an operation, a penalty (BIL-13, 26, 27, 38)."""

    pk = models.CompositePrimaryKey("bill_id", "line")
    bill = models.ForeignKey(Bill, models.PROTECT, related_name="lines", **CHECKED_IN_SETS)
    line = models.CharField(max_length=64)
    service = models.ForeignKey(Service, models.PROTECT, **CHECKED_IN_SETS)
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, **CHECKED_IN_SETS)
    operation = models.CharField(max_length=100, blank=True)
    tariff = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    norm = models.CharField(max_length=100, blank=True)
    volume = models.DecimalField(null=True, **VOLUME)
    unit = models.CharField(max_length=16, blank=True)
    basis = models.CharField(max_length=8, choices=VolumeBasis, blank=True)
    calc_period = models.DateField(null=True)
    opening = models.DecimalField(null=True, **MONEY)
    charged = models.DecimalField(**MONEY)
    adjusted = models.DecimalField(null=True, **MONEY)
    benefit = models.DecimalField(null=True, **MONEY)
    quality = models.DecimalField(null=True, **MONEY)
    paid = models.DecimalField(null=True, **MONEY)
    closing = models.DecimalField(null=True, **MONEY)
    is_penalty = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.bill_id} {self.line}"


class PostedPayment(models.Model):
    """A payment as the provider's books know it, from any source (BIL-28, 32).

    ``penalty`` is the part of ``amount`` that went to penalties. ``portal_id`` names the payment made here that it
    confirms (XCH-10).
    """

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="posted_payments", **CHECKED_IN_SETS
    )
    external_id = models.CharField(max_length=64)
    received_on = models.DateField()
    processed_on = models.DateField(null=True)
    amount = models.DecimalField(**MONEY)
    penalty = models.DecimalField(null=True, **MONEY)
    service = models.ForeignKey(Service, models.PROTECT, null=True, **CHECKED_IN_SETS)
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, **CHECKED_IN_SETS)
    source = models.CharField(max_length=100)
    place = models.CharField(max_length=200, blank=True)
    portal_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "external_id"], name="payment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.received_on}: {self.amount}"


class Balance(models.Model):
    """What the provider says is owed for a service, at its own moment (BIL-06); debt is positive.

    ``penalty`` stands apart: the whole debt is ``amount + penalty``.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="balances", db_index=False)
    service = models.ForeignKey(Service, models.PROTECT, db_index=False)
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, db_index=False)
    amount = models.DecimalField(**MONEY)
    penalty = models.DecimalField(null=True, **MONEY)
    as_of = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "service", "supplier"],
                name="balance_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.service_id}: {self.amount}"


class BillDocument(models.Model):
    """The issued, unchanging PDF of one revision of a bill (BIL-36, 41).

    ``lost_at``: since when the stored file is known to be damaged beyond repair; None while it is good.
    """

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="documents", db_index=False)
    revision = models.PositiveIntegerField()
    file_key = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    issued_at = models.DateTimeField()
    lost_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bill", "revision"], name="bill_document_once_per_revision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} r{self.revision}"


class BillArchive(models.Model):
    """A year's bills of an account as one file, made in the background and kept until ``expires_at``.

    There is one row an account and year, whoever asked last. ``file_key`` names the file of the attempt that began
    last; only that attempt may finish, so a worker that was thought dead publishes nothing. ``revisions`` adds up the
    revisions of its bills: another sum means that they have changed since. ``moved_at`` is the last sign of life.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=ArchiveState, default=ArchiveState.WAITING)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    moved_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    done = models.PositiveIntegerField(default=0)
    whole = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    revisions = models.PositiveIntegerField(default=0)
    file_key = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "year"], name="archive_once_a_year"),
            models.CheckConstraint(
                name="archive_is_ready_with_its_file",
                condition=Q(state=ArchiveState.READY, size__gt=0) & ~Q(file_key="") & ~Q(sha256="")
                | ~Q(state=ArchiveState.READY) & Q(sha256="", size=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.year}: {self.state}"
