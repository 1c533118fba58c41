"""Working days in Russia (ТК РФ ст. 112): five days a week, without public holidays and with what is moved.

A holiday that falls on a Saturday or Sunday moves that day off to the next working day by the law itself, but for those
of January, which the government moves every autumn: such days are rows of ``CalendarDay``, and they go before the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

_SATURDAY = 5
_JANUARY, _LAST_OF_NEW_YEAR = 1, 8
# (month, day); those of January stand apart.
_HOLIDAYS = frozenset({(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)})
# A day off is moved past a weekend and a holiday or two, never farther.
_FARTHEST = 5

Moved = Mapping[date, bool]


def is_working(day: date, moved: Moved) -> bool:
    """Say whether offices work on the day."""
    told = moved.get(day)
    if told is not None:
        return told
    return not _is_free(day) and day not in _moved_by_law(day)


def _is_holiday(day: date) -> bool:
    is_new_year = day.month == _JANUARY and day.day <= _LAST_OF_NEW_YEAR
    return is_new_year or (day.month, day.day) in _HOLIDAYS


def _is_free(day: date) -> bool:
    return day.weekday() >= _SATURDAY or _is_holiday(day)


def _moved_by_law(day: date) -> frozenset[date]:
    """Where the days off of the holidays shortly before a day have gone."""
    found: set[date] = set()
    for back in range(_FARTHEST, 0, -1):
        holiday = day - timedelta(days=back)
        if _is_holiday(holiday) and holiday.month != _JANUARY and holiday.weekday() >= _SATURDAY:
            found.add(_next_working(holiday, found))
    return frozenset(found)


def _next_working(day: date, taken: set[date]) -> date:
    after = day + timedelta(days=1)
    while _is_free(after) or after in taken:
        after += timedelta(days=1)
    return after
