from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.kernel.actors import ActorKind


class AuditEntry(models.Model):
    """Who did what; written by operations, read by the desk, never changed.

    The person is kept by number without a foreign key, so that the trail outlives a deleted user (IDN-48).
    """

    happened_at = models.DateTimeField(db_index=True)
    actor_kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in ActorKind])
    actor_id = models.BigIntegerField(null=True)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True, db_default="")
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=80, db_index=True)
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_entry"
        indexes = [
            models.Index(
                fields=["actor_id"], name="audit_of_actor", condition=Q(actor_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.happened_at:%Y-%m-%d %H:%M} {self.action} {self.subject}"


class AttemptLimit(models.Model):
    """Failed attempts under one claim; read and written only by ``kernel.limits``.

    ``key`` is a digest, so that the table names no person, account or address. ``strikes`` counts the blocks earned.
    """

    purpose = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    failures = models.PositiveIntegerField()
    strikes = models.PositiveIntegerField()
    started_at = models.DateTimeField(db_index=True)
    blocked_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "attempt_limit"
        constraints = [
            models.UniqueConstraint(fields=["purpose", "key"], name="attempt_limit_once_per_claim"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.failures}"


class QueuedJob(ProcrastinateJob):
    """A job of the queue, for people who look after the installation; only read."""

    class Meta:
        proxy = True
        verbose_name = _("фоновое задание")
        verbose_name_plural = _("фоновые задания")
