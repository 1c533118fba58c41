"""The readings of one meter, newest first, a page at a time (MET-31)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from kabinet.kernel.actors import Actor
from kabinet.kernel.period import Period
from kabinet.metering import scopes, standing
from kabinet.metering.calculations import months_between, use_between
from kabinet.metering.enums import SET_ASIDE, ReadingSource, ReadingStatus
from kabinet.metering.models import Reading
from kabinet.metering.queries.meters import MeterNotFound, ordered, to_meter_rows
from kabinet.metering.rows import HistoryPage, HistoryRow, MeterRow, MonthUse

PAGE_ROWS = 60
# The two halves of a meter's readings, as the two indexes of the table tell them apart.
STANDING = ~Q(status=ReadingStatus.REPLACED) & ~Q(status=ReadingStatus.WITHDRAWN)
PUT_ASIDE = Q(status__in=SET_ASIDE)


def get_reading_history(
    *,
    actor: Actor,
    account_id: int,
    meter_id: uuid.UUID,
    at: datetime,
    before: date | None = None,
) -> HistoryPage:
    """Give one meter with a page of readings from any source, replaced and refused ones too; four queries.

    The page ends between two days, so that the zones of a day stay together. ``before`` continues an earlier page.

    :raises MeterNotFound: the account has no such meter, or the actor does not see it.
    """
    meters = scopes.visible_meters(actor).filter(account=account_id, public_id=meter_id)
    meter = ordered(meters, actor).first()
    if meter is None:
        raise MeterNotFound
    window = standing.window_of(meter, at)
    months = meter.account.provider.policy.reading_history_months
    since = window.month.plus(1 - months).first_day
    (row,) = to_meter_rows([meter], at)
    uses = _uses(actor, row, since)
    found = _newest(actor, row, since, before)
    shown = _whole_days(found)
    return HistoryPage(
        meter=row,
        since=since,
        readings=tuple(
            to_history_row(reading, uses.by_reading.get(reading.pk)) for reading in shown
        ),
        older_before=shown[-1].taken_on if len(shown) < len(found) else None,
        uses=uses.by_month(),
    )


def _newest(actor: Actor, meter: MeterRow, since: date, before: date | None) -> Sequence[Reading]:
    """The two halves have an index each; together they are all readings of the meter in these days."""
    readings = scopes.visible_readings(actor).filter(meter=meter.id, taken_on__gte=since)
    if before is not None:
        readings = readings.filter(taken_on__lt=before)
    rows = list(
        _first(readings.filter(STANDING)).union(_first(readings.filter(PUT_ASIDE)), all=True)
    )
    return sorted(rows, key=_by_outcome, reverse=True)


def _first(readings: QuerySet[Reading]) -> QuerySet[Reading]:
    return readings.order_by("-taken_on", "-pk")[: PAGE_ROWS + 1]


def _whole_days(found: Sequence[Reading]) -> Sequence[Reading]:
    """A page of them, without the day that it would cut in two; a single day is shown as far as it was read."""
    if len(found) <= PAGE_ROWS:
        return found
    cut = found[PAGE_ROWS].taken_on
    return [row for row in found if row.taken_on > cut] or found[:PAGE_ROWS]


def _by_outcome(row: Reading) -> tuple[date, bool, str, str, int]:
    """By day; within it, zones of one source and outcome together, and what was replaced before the rest."""
    return (row.taken_on, row.status not in SET_ASIDE, row.source, row.status, row.pk)


@dataclass(slots=True)
class _Uses:
    """``months`` tells, for every month with a use, the longest time that it is of."""

    by_reading: dict[int, Decimal] = field(default_factory=dict)
    sums: dict[Period, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    months: dict[Period, int] = field(default_factory=lambda: defaultdict(int))

    def by_month(self) -> tuple[MonthUse, ...]:
        return tuple(
            MonthUse(month, use, self.months[month]) for month, use in sorted(self.sums.items())
        )


def _uses(actor: Actor, meter: MeterRow, since: date) -> _Uses:
    """The use that each accepted reading closes, by register; of the whole depth, so that every page agrees."""
    accepted = (
        scopes.visible_readings(actor)
        .filter(STANDING, meter=meter.id, taken_on__gte=since, status=ReadingStatus.ACCEPTED)
        .order_by("taken_on", "pk")
        .values_list("pk", "zone", "taken_on", "value")
    )
    last: dict[str, tuple[date, Decimal]] = {}
    uses = _Uses()
    for pk, zone, taken_on, value in accepted:
        if zone in last:
            day, earlier = last[zone]
            use = use_between(earlier, value, meter.dial)
            uses.by_reading[pk] = use
            month = Period.of(taken_on)
            uses.sums[month] += use
            uses.months[month] = max(uses.months[month], months_between(day, taken_on))
        last[zone] = (taken_on, value)
    return uses


def to_history_row(reading: Reading, use: Decimal | None) -> HistoryRow:
    return HistoryRow(
        zone=reading.zone,
        taken_on=reading.taken_on,
        accounted_on=reading.accounted_on,
        value=reading.value,
        source=ReadingSource(reading.source),
        status=ReadingStatus(reading.status),
        reason=reading.reason,
        portal_id=reading.portal_id,
        submitted_at=reading.submitted_at,
        use=use,
    )
