"""Until when a provider has to book a payment (PAY-39)."""

from __future__ import annotations

from datetime import date, timedelta

from kabinet.providers.calculations import Moved, is_working


def paid_too_long_ago(today: date, *, working_days: int, moved: Moved) -> date:
    """Give the last day whose payments must be booked by now: so many whole working days lie between it and today.

    ``moved`` are the days that the government has moved; other holidays are known (ТК РФ ст. 112).
    """
    day, left = today - timedelta(days=1), working_days
    while left > 0:
        left -= is_working(day, moved)
        day -= timedelta(days=1)
    return day


def longest_wait(working_days: int) -> timedelta:
    """How far back so many working days can reach at most, the New Year's holidays included."""
    return timedelta(days=2 * working_days + 21)
