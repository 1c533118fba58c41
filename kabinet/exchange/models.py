from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from kabinet.exchange.enums import ExportStatus, ImportMode, ImportStatus
from kabinet.providers.models import Provider

UNFINISHED = (ImportStatus.QUEUED, ImportStatus.RUNNING)


class ImportRun(models.Model):
    """One attempt to take in a bundle (XCH-07, 14). Progress is written outside the import's transaction."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="import_runs")
    status = models.CharField(max_length=9, choices=ImportStatus, default=ImportStatus.QUEUED)
    mode = models.CharField(max_length=7, choices=ImportMode)
    dry_run = models.BooleanField(default=False)
    source_name = models.CharField(max_length=255)
    source_key = models.CharField(max_length=100, blank=True)
    as_of = models.DateTimeField(null=True)
    progress = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    rejects_key = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    started_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["provider", "-created_at"], name="import_run_newest")]
        constraints = [
            models.CheckConstraint(
                name="import_run_finished_at_follows_status",
                condition=Q(status__in=UNFINISHED, finished_at=None)
                | (~Q(status__in=UNFINISHED) & Q(finished_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"


class ImportedFile(models.Model):
    """The newest moment of which a provider's file has been imported (XCH-04: no way back in time)."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+")
    file = models.CharField(max_length=64)
    as_of = models.DateTimeField()
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "file"], name="imported_file_once"),
        ]

    def __str__(self) -> str:
        return f"{self.file} {self.as_of}"


class ExportRun(models.Model):
    """A numbered portion of new rows, repeatable by its number until acknowledged (XCH-11)."""

    number = models.BigAutoField(primary_key=True)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="export_runs")
    what = models.CharField(max_length=16)
    status = models.CharField(max_length=12, choices=ExportStatus, default=ExportStatus.CLAIMED)
    rows = models.PositiveIntegerField(default=0)
    claimed_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="export_run_moments_follow_status",
                condition=Q(status=ExportStatus.CLAIMED, delivered_at=None, acknowledged_at=None)
                | Q(
                    status=ExportStatus.DELIVERED,
                    delivered_at__isnull=False,
                    acknowledged_at=None,
                )
                | Q(
                    status=ExportStatus.ACKNOWLEDGED,
                    delivered_at__isnull=False,
                    acknowledged_at__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.what} {self.status}"
