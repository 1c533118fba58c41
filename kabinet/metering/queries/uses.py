"""Use by month, service and day zone, as the meters tell it (MET-37)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from django.db.models import QuerySet

from kabinet.kernel.actors import Actor
from kabinet.kernel.figures import MonthlyFigure
from kabinet.kernel.period import Period
from kabinet.kernel.prepared import Prepared
from kabinet.metering import scopes
from kabinet.metering.calculations import Dial, may_have_rolled_over, months_between, use_between
from kabinet.metering.enums import ReadingStatus

# A first month has a use when somebody read the meter in the year before it.
_MONTHS_BEFORE = 12
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class _Taken:
    """An accepted reading with what its register counts."""

    meter: int
    digits: int
    decimals: int
    service: str
    service_name: str
    unit: str
    zone: str
    taken_on: date
    value: Decimal


def get_monthly_uses(
    *, actor: Actor, account_id: int, first: Period, last: Period
) -> Sequence[MonthlyFigure]:
    """Give the use between accepted readings, in the month of the later one; one query.

    Where nobody read the meter for months, they share the use between two readings equally.
    """
    readings = _READINGS(actor, account_id, first.plus(-_MONTHS_BEFORE).first_day, last.last_day)
    sums: dict[tuple[Period, str, str, str, str], Decimal] = defaultdict(Decimal)
    for earlier, later in _neighbours(_Taken(*row) for row in readings):
        for period, use in _shared(earlier, later):
            if period >= first:
                sums[period, later.service, later.service_name, later.unit, later.zone] += use
    return [
        MonthlyFigure(period, use, unit, service, service_name, zone=zone)
        for (period, service, service_name, unit, zone), use in sums.items()
    ]


def _accepted(actor: Actor, account_id: int, first: date, last: date) -> QuerySet[Any, Any]:
    readings = scopes.readings_for_statistics(actor).filter(
        meter__account=account_id,
        status=ReadingStatus.ACCEPTED,
        taken_on__gte=first,
        taken_on__lte=last,
    )
    return readings.order_by("meter", "zone", "taken_on", "pk").values_list(
        "meter",
        "meter__digits",
        "meter__decimals",
        "meter__service__code",
        "meter__service__name",
        "meter__service__unit",
        "zone",
        "taken_on",
        "value",
    )


_READINGS = Prepared(_accepted)


def _neighbours(readings: Iterable[_Taken]) -> Iterable[tuple[_Taken, _Taken]]:
    """Pair every reading but a register's first with the one before it."""
    for before, reading in pairwise(readings):
        if (before.meter, before.zone) == (reading.meter, reading.zone):
            yield before, reading


def _shared(earlier: _Taken, later: _Taken) -> Iterable[tuple[Period, Decimal]]:
    """Split the use among the months between two readings; the last one takes what rounding leaves."""
    use = _use(earlier.value, later)
    count = months_between(earlier.taken_on, later.taken_on)
    share = (use / count).quantize(_HUNDREDTH, ROUND_HALF_UP)
    last = Period.of(later.taken_on)
    yield from ((last.plus(-step), share) for step in range(1, count))
    yield last, use - share * (count - 1)


def _use(before: Decimal, reading: _Taken) -> Decimal:
    """A smaller value is a correction downwards, unless the register has just passed zero."""
    dial = Dial(reading.digits, reading.decimals)
    if reading.value < before and not may_have_rolled_over(before, reading.value, dial):
        return reading.value - before
    return use_between(before, reading.value, dial)
