"""The readings of one meter, newest first (MET-31)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from kabinet.kernel.actors import Actor
from kabinet.metering import scopes, standing
from kabinet.metering.calculations import Dial, use_between
from kabinet.metering.enums import ReadingSource, ReadingStatus
from kabinet.metering.models import Reading
from kabinet.metering.queries.meters import MeterNotFound, ordered, to_meter_rows
from kabinet.metering.rows import HistoryPage, HistoryRow, MeterRow


def get_reading_history(
    *, actor: Actor, account_id: int, meter_id: uuid.UUID, at: datetime
) -> HistoryPage:
    """Give one meter with its readings from any source, replaced and refused ones too; three queries.

    :raises MeterNotFound: the account has no such meter, or the actor does not see it.
    """
    meters = scopes.visible_meters(actor).filter(account=account_id, public_id=meter_id)
    meter = ordered(meters, actor).first()
    if meter is None:
        raise MeterNotFound
    window = standing.window_of(meter, at)
    months = meter.account.provider.policy.reading_history_months
    since = window.month.plus(1 - months).first_day
    (row,) = to_meter_rows([meter], window)
    return HistoryPage(row, since, _history(actor, row, since))


def _history(actor: Actor, meter: MeterRow, since: date) -> tuple[HistoryRow, ...]:
    """The two halves have an index each; together they are all readings of the meter since the day."""
    readings = scopes.visible_readings(actor).filter(meter=meter.id, taken_on__gte=since)
    replaced = Q(status=ReadingStatus.REPLACED)
    rows = list(readings.filter(~replaced).union(readings.filter(replaced), all=True))
    rows.sort(key=lambda row: (row.taken_on, row.pk))
    uses = _uses(rows, meter.dial)
    rows.sort(key=_by_outcome)
    return tuple(_to_history_row(row, uses.get(row.pk)) for row in reversed(rows))


def _by_outcome(row: Reading) -> tuple[date, bool, str, str, int]:
    """By day; within it, zones of one source and outcome together, and what was replaced before the rest."""
    return (row.taken_on, row.status != ReadingStatus.REPLACED, row.source, row.status, row.pk)


def _uses(readings: Sequence[Reading], dial: Dial) -> Mapping[int, Decimal]:
    """The use that each accepted reading closes, by register."""
    last: dict[str, Decimal] = {}
    uses: dict[int, Decimal] = {}
    for reading in readings:
        if reading.status != ReadingStatus.ACCEPTED:
            continue
        if reading.zone in last:
            uses[reading.pk] = use_between(last[reading.zone], reading.value, dial)
        last[reading.zone] = reading.value
    return uses


def _to_history_row(reading: Reading, use: Decimal | None) -> HistoryRow:
    return HistoryRow(
        zone=reading.zone,
        taken_on=reading.taken_on,
        accounted_on=reading.accounted_on,
        value=reading.value,
        source=ReadingSource(reading.source),
        status=ReadingStatus(reading.status),
        reason=reading.reason,
        submitted_at=reading.submitted_at,
        use=use,
    )
