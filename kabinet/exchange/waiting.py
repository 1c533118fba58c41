"""Readings that the provider has left without an answer for more than a day, told to its staff (MET-32)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from kabinet.exchange.models import ExportRun
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.metering.enums import ReadingStatus
from kabinet.metering.models import Reading
from kabinet.metering.outtake import READINGS
from kabinet.metering.scopes import visible_readings
from kabinet.providers.models import Provider

PATIENCE = timedelta(hours=24)
PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class WaitingReadingRow:
    """``delivered_at`` is None for a reading that no export run has given out."""

    portal_id: uuid.UUID
    provider_id: int
    provider_name: str
    timezone: str
    account_number: str
    service_name: str
    serial: str
    zone: str
    value: Decimal
    decimals: int
    taken_on: date
    submitted_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class WaitingPage:
    rows: Sequence[WaitingReadingRow]
    total: int
    has_more: bool


def count_waiting_readings(*, actor: Actor, at: datetime) -> int:
    """Count them for the providers whose accounts the actor sees; one query on an index of what is unanswered."""
    return _waiting(actor, at).count()


@transaction.atomic
def open_waiting_readings(*, actor: Actor, at: datetime, page: int) -> WaitingPage:
    """Give a page of them (from 1), those that wait longest first; the audit trail says who has looked at whose.

    Two queries and a row of the trail per provider.
    """
    waiting = _waiting(actor, at)
    delivered = ExportRun.objects.filter(number=OuterRef("export_number")).values("delivered_at")
    first = (max(page, 1) - 1) * PAGE_ROWS
    found = list(
        waiting.select_related("meter__service", "meter__account__provider")
        .annotate(delivered_at=Subquery(delivered))
        .order_by("submitted_at", "pk")[first : first + PAGE_ROWS + 1]
    )
    rows = [_to_row(reading, reading.delivered_at) for reading in found[:PAGE_ROWS]]
    for provider_id in sorted({row.provider_id for row in rows}):
        shown = sum(row.provider_id == provider_id for row in rows)
        subject = Provider(pk=provider_id)
        audit.record(actor, "metering.waiting.look", subject, at=at, rows=shown, page=page)
    return WaitingPage(rows, waiting.count(), len(found) > PAGE_ROWS)


def _waiting(actor: Actor, at: datetime) -> QuerySet[Reading]:
    """Unanswered for a day since the export that gave them out, or since they came when none has."""
    since = at - PATIENCE
    fresh = ExportRun.objects.filter(what=READINGS.what, delivered_at__gt=since)
    return (
        visible_readings(actor)
        .filter(status=ReadingStatus.SENT, submitted_at__lte=since)
        .exclude(export_number__in=fresh.values("number"))
    )


def _to_row(reading: Reading, delivered_at: datetime | None) -> WaitingReadingRow:
    meter = reading.meter
    assert reading.portal_id and reading.submitted_at  # noqa: S101, PT018 -- the table's own check: it was sent
    return WaitingReadingRow(
        portal_id=reading.portal_id,
        provider_id=meter.account.provider_id,
        provider_name=meter.account.provider.name,
        timezone=meter.account.provider.timezone,
        account_number=meter.account.number,
        service_name=meter.service.name,
        serial=meter.serial,
        zone=reading.zone,
        value=reading.value,
        decimals=meter.decimals,
        taken_on=reading.taken_on,
        submitted_at=reading.submitted_at,
        delivered_at=delivered_at,
    )
