"""The life of one reading that was given through the cabinet (MET-32)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible
from kabinet.metering import scopes
from kabinet.metering.enums import ReadingStatus, SubmissionRoute
from kabinet.metering.models import Reading
from kabinet.metering.queries.history import PUT_ASIDE, STANDING, to_history_row
from kabinet.metering.queries.meters import ordered, to_meter_rows, to_settled_row
from kabinet.metering.rows import HistoryRow, PassportRow

# The zones of two submissions; a person's next ones do not concern this reading.
MOST_RELATED = 10
# Something may still be done about these: what else is known of the meter then matters.
OPEN = (ReadingStatus.SENT, ReadingStatus.REJECTED, ReadingStatus.WITHDRAWN)


class ReadingNotFound(NotVisible):
    pass


def get_reading_passport(
    *, actor: Actor, account_id: int, reading_id: uuid.UUID, at: datetime
) -> PassportRow:
    """Give a reading by its number (``portal_id``), with its meter and the zones given with it; three queries, two when it is settled.

    :raises ReadingNotFound: the account has no such reading, or the actor does not see it.
    """
    meters = scopes.visible_meters(actor).filter(account=account_id, readings__portal_id=reading_id)
    meter = ordered(meters, actor).annotate(given_at=F("readings__submitted_at")).first()
    if meter is None:
        raise ReadingNotFound
    related = _related(actor, meter.pk, meter.given_at)
    reading = next(other for other in related if other.portal_id == reading_id)
    together = [other for other in related if other.submitted_at == reading.submitted_at]
    (row,) = to_meter_rows([meter], at) if reading.status in OPEN else [to_settled_row(meter, at)]
    return PassportRow(
        meter=row,
        reading=to_history_row(reading, None),
        together=tuple(
            to_history_row(other, None) for other in sorted(together, key=lambda row: row.zone)
        ),
        route=SubmissionRoute(reading.route or SubmissionRoute.PORTAL),
        is_own=reading.submitted_by_id is not None and reading.submitted_by_id == actor.user_id,
        previous_value=reading.previous_value,
        withdrawn_at=reading.withdrawn_at,
        is_exported=reading.export_number is not None,
        replaced_by=_replacement(reading, related),
    )


def _related(actor: Actor, meter_id: int, given_at: datetime) -> Sequence[Reading]:
    """What was submitted at that moment and next, oldest first; each half of the readings has an index."""
    readings = scopes.visible_readings(actor).filter(meter=meter_id, submitted_at__gte=given_at)
    first = [
        readings.filter(half).order_by("submitted_at", "pk")[:MOST_RELATED]
        for half in (STANDING, PUT_ASIDE)
    ]
    return sorted(first[0].union(first[1], all=True), key=lambda row: (row.submitted_at, row.pk))


def _replacement(reading: Reading, related: Sequence[Reading]) -> HistoryRow | None:
    """A reading gives way to the next one of its register, and only to that; ``related`` starts with it."""
    if reading.status != ReadingStatus.REPLACED:
        return None
    later = (
        row
        for row in related
        if row.zone == reading.zone and row.submitted_at != reading.submitted_at
    )
    following = next(later, None)
    return to_history_row(following, None) if following else None
