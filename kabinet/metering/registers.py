"""What is known of a register now: its last accepted value, what was given here, the average.

Every register costs four short index ranges, however long its history is.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from kabinet.metering.calculations import Known, Mark, average_use
from kabinet.metering.enums import SET_ASIDE, ReadingSource, ReadingStatus, SubmissionRoute

ON_ITS_WAY = frozenset({ReadingStatus.SENT, ReadingStatus.RECEIVED})
Key = tuple[int, str]

# `recent` holds the last accepted reading and all that came after it or in this window: a month's worth. Of what was
# replaced it holds only what the provider has got all the same.
_SQL = """
SELECT register.meter_id, register.zone, earliest.value, earliest.taken_on,
       recent.id, recent.value, recent.taken_on, recent.source, recent.status, recent.reason,
       recent.submitted_at, recent.portal_id, recent.export_number, recent.route
FROM unnest(%(meters)s::bigint[], %(zones)s::text[], %(since)s::date[], %(months)s::int[])
    AS register (meter_id, zone, since, months)
LEFT JOIN LATERAL (
    SELECT taken_on FROM metering_reading
    WHERE meter_id = register.meter_id AND zone = register.zone
      AND status = 'accepted' AND status <> 'replaced' AND status <> 'withdrawn'
    ORDER BY taken_on DESC, id DESC LIMIT 1
) AS accepted ON true
LEFT JOIN LATERAL (
    SELECT value, taken_on FROM metering_reading
    WHERE meter_id = register.meter_id AND zone = register.zone
      AND status = 'accepted' AND status <> 'replaced' AND status <> 'withdrawn'
      AND taken_on >= (date_trunc('month', accepted.taken_on) - make_interval(months => register.months))::date
    ORDER BY taken_on, id LIMIT 1
) AS earliest ON true
LEFT JOIN LATERAL (
    SELECT id, value, taken_on, source, status, reason, submitted_at, portal_id, export_number, route
    FROM metering_reading
    WHERE meter_id = register.meter_id AND zone = register.zone
      AND status <> 'replaced' AND status <> 'withdrawn'
      AND taken_on >= CASE WHEN accepted.taken_on IS NULL THEN '-infinity'
                           ELSE least(accepted.taken_on, register.since) END
    UNION ALL
    SELECT id, value, taken_on, source, status, reason, submitted_at, portal_id, export_number, route
    FROM metering_reading
    WHERE meter_id = register.meter_id AND zone = register.zone
      AND status IN ('replaced', 'withdrawn') AND export_number IS NOT NULL
      AND taken_on >= CASE WHEN accepted.taken_on IS NULL THEN '-infinity'
                           ELSE least(accepted.taken_on, register.since) END
) AS recent ON true
ORDER BY register.meter_id, register.zone, recent.taken_on, recent.id
"""


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A reading of one register, as pages show it; ``is_given``: the provider has it, or an export run does."""

    id: int
    value: Decimal
    taken_on: date
    source: ReadingSource
    status: ReadingStatus
    reason: str
    submitted_at: datetime | None
    portal_id: uuid.UUID | None
    is_given: bool
    is_by_guest: bool

    @property
    def mark(self) -> Mark:
        return Mark(self.value, self.taken_on)

    @property
    def is_on_its_way(self) -> bool:
        return self.status in ON_ITS_WAY


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """``current`` is what was given through the cabinet in this window, the newest last; ``submitted`` is an
    earlier one still on its way and newer than ``accepted`` (MET-26). ``mends_given``: the provider already has
    a reading of this window that was replaced here since."""

    zone: str
    accepted: ReadingRow | None
    submitted: ReadingRow | None
    current: tuple[ReadingRow, ...]
    average: Decimal | None
    mends_given: bool = False

    @property
    def given(self) -> ReadingRow | None:
        """The reading of this window that counts; a refused one does not."""
        return next(
            (row for row in reversed(self.current) if row.status != ReadingStatus.REJECTED), None
        )

    @property
    def given_value(self) -> Decimal | None:
        return self.given.value if self.given else None

    @property
    def is_holders(self) -> bool:
        """Somebody who had signed in has given a reading that is on its way: no guest may replace it (MET-15)."""
        return any(row.is_on_its_way and not row.is_by_guest for row in self.current)

    @property
    def refused(self) -> ReadingRow | None:
        """The provider has refused the last reading of this window, and no other was given since."""
        last = self.current[-1] if self.current else None
        return last if last and last.status == ReadingStatus.REJECTED else None

    @property
    def can_be_withdrawn(self) -> bool:
        """The provider knows nothing of what was given in this window, so it can be undone (MET-32)."""
        given = self.given
        if given is None:
            return True
        return given.status is ReadingStatus.SENT and not given.is_given and not self.mends_given

    @property
    def previous(self) -> ReadingRow | None:
        return self.submitted or self.accepted

    @property
    def known(self) -> Known:
        return Known(
            accepted=self.accepted.mark if self.accepted else None,
            submitted=self.submitted.mark if self.submitted else None,
            average=self.average,
        )


@dataclass(frozen=True, slots=True)
class Moment:
    """Since when a reading given here belongs to the current window, in the provider's days."""

    opens_on: date
    taken_on: date
    zone: ZoneInfo

    def includes(self, row: ReadingRow) -> bool:
        if row.source is not ReadingSource.PORTAL:
            return False
        given_on = (
            row.submitted_at.astimezone(self.zone).date() if row.submitted_at else row.taken_on
        )
        return given_on >= self.opens_on or row.taken_on == self.taken_on


@dataclass(frozen=True, slots=True)
class Question:
    """One register to be loaded; ``average_months`` is how far back its provider looks (MET-06)."""

    key: Key
    moment: Moment
    average_months: int

    @property
    def since(self) -> date:
        return min(self.moment.opens_on, self.moment.taken_on)


def load_registers(questions: Sequence[Question]) -> Mapping[Key, RegisterRow]:
    """Give the registers named by meter and zone; one query. The caller has checked that they may be seen."""
    recent: dict[Key, list[ReadingRow]] = defaultdict(list)
    earliest: dict[Key, Mark] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "meters": [question.key[0] for question in questions],
                "zones": [question.key[1] for question in questions],
                "since": [question.since for question in questions],
                "months": [question.average_months for question in questions],
            },
        )
        for meter, zone, first_value, first_day, *reading in cursor.fetchall():
            if first_day is not None:
                earliest[meter, zone] = Mark(first_value, first_day)
            if reading[0] is not None:
                recent[meter, zone].append(_to_reading(*reading))
    return {
        question.key: _to_register(
            question.key[1], recent[question.key], earliest.get(question.key), question.moment
        )
        for question in questions
    }


def _to_reading(
    pk: int, value: Decimal, taken_on: date, source: str, status: str, *rest: Any
) -> ReadingRow:
    reason, submitted_at, portal_id, export_number, route = rest
    return ReadingRow(
        id=pk,
        value=value,
        taken_on=taken_on,
        source=ReadingSource(source),
        status=ReadingStatus(status),
        reason=reason,
        submitted_at=submitted_at,
        portal_id=portal_id,
        is_given=export_number is not None,
        is_by_guest=route == SubmissionRoute.GUEST,
    )


def _to_register(
    zone: str, loaded: Sequence[ReadingRow], earliest: Mark | None, moment: Moment
) -> RegisterRow:
    recent = [row for row in loaded if row.status not in SET_ASIDE]
    current = tuple(row for row in recent if moment.includes(row))
    accepted = next((row for row in reversed(recent) if row.status == ReadingStatus.ACCEPTED), None)
    submitted = next(
        (row for row in reversed(recent) if row.is_on_its_way and row not in current), None
    )
    if submitted and accepted and submitted.taken_on < accepted.taken_on:
        submitted = None
    return RegisterRow(
        zone=zone,
        accepted=accepted,
        submitted=submitted,
        current=current,
        average=average_use(earliest, accepted.mark) if earliest and accepted else None,
        mends_given=any(row.status in SET_ASIDE and moment.includes(row) for row in loaded),
    )
