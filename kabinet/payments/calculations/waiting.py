"""When to look again at something that the bank has not finished."""

from __future__ import annotations

from datetime import datetime, timedelta

# While the person watches, often; later it only has to be known before the books are compared.
_GAPS = (5, 10, 15, 30, 60, 60, 120, 300, 600, 900)
_LAST = timedelta(minutes=30)
# Acquirers remember an idempotence key for a day (facts §3.1); before that a repeated create is the same payment.
KEY_LIVES = timedelta(hours=20)
# How long after its end an order whose answer was lost is looked for in the bank's list.
LOOKED_FOR = timedelta(hours=1)


def next_check(*, checks: int, at: datetime) -> datetime:
    """Give the next look after ``checks`` looks without an end."""
    return at + (timedelta(seconds=_GAPS[checks]) if checks < len(_GAPS) else _LAST)
