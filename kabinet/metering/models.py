from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from kabinet.accounts.models import Account
from kabinet.metering.enums import (
    SET_ASIDE,
    MeterState,
    ReadingSource,
    ReadingStatus,
    SubmissionRoute,
)
from kabinet.providers.models import Service


class Meter(models.Model):
    """A metering device (прибор учёта) with one register or a register per day zone (MET-35).

    ``public_id`` is looked up only within an account, so it needs no index of its own. ``digits`` is the
    number of whole digits on the dial, ``decimals`` those behind the comma. No ``zones`` means a single register.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="meters", db_index=False)
    serial = models.CharField(max_length=64)
    service = models.ForeignKey(Service, models.PROTECT, db_index=False)
    model = models.CharField(max_length=100, blank=True)
    place = models.CharField(max_length=100, blank=True)
    digits = models.PositiveSmallIntegerField()
    decimals = models.PositiveSmallIntegerField(default=0)
    zones = ArrayField(models.CharField(max_length=2), default=list)
    installed_on = models.DateField(null=True)
    verified_on = models.DateField(null=True)
    next_verification_on = models.DateField(null=True)
    charging_from = models.DateField(null=True)
    charging_to = models.DateField(null=True)
    removal_reason = models.CharField(max_length=200, blank=True)
    max_use = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    state = models.CharField(max_length=8, choices=MeterState, default=MeterState.ACTIVE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "serial"], name="meter_serial_per_account"),
            models.CheckConstraint(
                name="meter_dial_is_sane",
                condition=Q(digits__range=(1, 10)) & Q(decimals__range=(0, 4)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_verification_on"],
                condition=Q(state=MeterState.ACTIVE, next_verification_on__isnull=False),
                name="meter_verification",
            ),
        ]

    def __str__(self) -> str:
        return self.serial


class Reading(models.Model):
    """A value of one register on one day, from any source (MET-31).

    A reading submitted here has a ``portal_id``; the billing system sends it back with its verdict (XCH-10).
    ``export_number`` is the export run that first gave it; ``previous_value`` is what it was compared with.
    """

    # Checked by the statement, as the references of bills are (migration 0002).
    meter = models.ForeignKey(
        Meter, models.PROTECT, related_name="readings", db_index=False, db_constraint=False
    )
    zone = models.CharField(max_length=2, blank=True)
    taken_on = models.DateField()
    accounted_on = models.DateField(null=True)
    value = models.DecimalField(max_digits=14, decimal_places=4)
    source = models.CharField(max_length=9, choices=ReadingSource)
    status = models.CharField(max_length=9, choices=ReadingStatus)
    reason = models.CharField(max_length=300, blank=True)
    portal_id = models.UUIDField(null=True)
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    route = models.CharField(max_length=8, choices=SubmissionRoute, blank=True)
    previous_value = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    export_number = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meter", "zone", "taken_on", "source"],
                condition=~Q(status=ReadingStatus.REPLACED) & ~Q(status=ReadingStatus.WITHDRAWN),
                name="reading_once_per_day_and_source",
            ),
            models.UniqueConstraint(
                fields=["portal_id"],
                condition=Q(portal_id__isnull=False),
                name="reading_portal_id_once",
            ),
            models.CheckConstraint(
                name="reading_portal_id_follows_submission",
                condition=Q(portal_id=None, submitted_at=None)
                | Q(portal_id__isnull=False, submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="reading_on_its_way_was_submitted_here",
                condition=~Q(status__in=["sent", "received", "replaced", "withdrawn"])
                | Q(portal_id__isnull=False),
            ),
            models.CheckConstraint(
                name="reading_withdrawn_at_follows_status",
                condition=Q(status="withdrawn", withdrawn_at__isnull=False, export_number=None)
                | (~Q(status="withdrawn") & Q(withdrawn_at=None)),
            ),
            models.CheckConstraint(name="reading_value_not_negative", condition=Q(value__gte=0)),
        ]
        indexes = [
            models.Index(
                fields=["meter"],
                condition=Q(status=ReadingStatus.SENT, export_number=None),
                name="reading_not_yet_exported",
            ),
            models.Index(
                fields=["export_number"],
                condition=Q(export_number__isnull=False),
                name="reading_export",
            ),
            # «Мои данные», and a person who leaves.
            models.Index(
                fields=["submitted_by"],
                condition=Q(submitted_by__isnull=False),
                name="reading_submitted_by",
            ),
            models.Index(
                fields=["submitted_at"],
                condition=Q(status=ReadingStatus.SENT),
                name="reading_unanswered",
            ),
            # The unique constraint leaves these out, and history shows both (MET-21).
            models.Index(
                fields=["meter", "taken_on"],
                condition=Q(status__in=SET_ASIDE),
                name="reading_set_aside",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.zone} {self.taken_on}: {self.value}"
