"""Until when a provider has to book a payment (PAY-39)."""

from __future__ import annotations

from datetime import date, timedelta

_SATURDAY = 5


def paid_too_long_ago(today: date, *, working_days: int) -> date:
    """Give the last day whose payments must be booked by now: so many whole working days lie between it and today.

    Monday to Friday are working days; public holidays give the provider no more time here.
    """
    day, left = today - timedelta(days=1), working_days
    while left > 0:
        left -= day.weekday() < _SATURDAY
        day -= timedelta(days=1)
    return day
