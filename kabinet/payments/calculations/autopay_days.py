"""When an autopay is told of, made and tried again, and how much it takes (PAY-17); pure functions.

A payment is made between ten and twenty o'clock where the provider is, and never sooner than a day after it was told.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_UP, Decimal
from zoneinfo import ZoneInfo

from kabinet.kernel.money import KOPECK, Money
from kabinet.kernel.period import Period
from kabinet.payments.calculations.splitting import HUNDRED, commission_of

OPENS, CLOSES = time(10), time(20)
NOTICE = timedelta(hours=24)
# Told a day earlier than it must be, so that a worker that slept for some hours delays nothing.
TOLD_AHEAD = timedelta(hours=48)
FIRST_DAY, LAST_DAY = 1, 28
MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """The next month to be paid and when; without a moment the month has passed and no notice fits into it."""

    period: date
    due_at: datetime | None


def opening(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, OPENS, tzinfo=zone)


def open_moment(at: datetime, zone: ZoneInfo) -> datetime:
    """Give the first moment from ``at`` on that lies within the hours of payments."""
    local = at.astimezone(zone)
    if local.time() < OPENS:
        return opening(local.date(), zone)
    if local.time() >= CLOSES:
        return opening(local.date() + timedelta(days=1), zone)
    return at


def after_notice(told_at: datetime, zone: ZoneInfo) -> datetime:
    return open_moment(told_at + NOTICE, zone)


def next_turn(
    *, day: int, since: datetime, taken: Collection[date], at: datetime, zone: ZoneInfo
) -> Turn:
    """Give the first month, from the present one on, that is not ``taken`` yet and whose day counts.

    A day that comes less than a day after ``since`` (connecting, resuming, choosing another day) is left to the next
    month. The day of a month that was slept through is made up for as long as the month lasts.
    """
    month = Period.of(at.astimezone(zone).date())
    while True:
        opens = opening(month.day(day), zone)
        if month.first_day not in taken and opens >= since + NOTICE:
            due_at = max(opens, after_notice(at, zone))
            is_within = Period.of(due_at.astimezone(zone).date()) == month
            return Turn(month.first_day, due_at if is_within else None)
        month = month.plus(1)


def is_time_to_tell(turn: Turn, at: datetime) -> bool:
    return turn.due_at is None or turn.due_at - TOLD_AHEAD <= at


def affordable(limit: Money, percent: Decimal) -> Money:
    """Give the most that may go to the payee when the limit has to hold the commission too."""
    most = Money((limit.amount * HUNDRED / (HUNDRED + percent)).quantize(KOPECK, ROUND_UP))
    while most + commission_of(most, percent) > limit:
        most = most - Money(KOPECK)
    return most
