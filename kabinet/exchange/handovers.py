"""When a row that a person gave went to the billing system, told to that person (MET-32)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from kabinet.exchange.models import ExportRun
from kabinet.kernel.actors import Actor
from kabinet.metering.outtake import READINGS
from kabinet.metering.scopes import visible_readings


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """``delivered_at`` is None while the file is being prepared, ``received_at`` until the receipt is confirmed."""

    delivered_at: datetime | None
    received_at: datetime | None


def get_reading_handover(*, actor: Actor, reading_id: uuid.UUID) -> HandoverRow | None:
    """Give the moments of the run that took the reading, None when no run has or the actor may not see it; one query."""
    number = visible_readings(actor).filter(portal_id=reading_id).values("export_number")
    runs = ExportRun.objects.filter(what=READINGS.what, number__in=number)
    moments = runs.values_list("delivered_at", "acknowledged_at").first()
    return HandoverRow(*moments) if moments else None
