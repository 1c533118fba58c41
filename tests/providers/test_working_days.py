"""Working days (ТК РФ ст. 112, PAY-39): holidays, days off that the law moves, and those that the government moves."""

from __future__ import annotations

import datetime as dt

import pytest

from kabinet.providers.calculations import is_working
from kabinet.providers.models import CalendarDay
from kabinet.providers.queries import get_moved_days

YEAR = (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


def days_of(since, until):
    return [since + dt.timedelta(days=n) for n in range((until - since).days + 1)]


@pytest.mark.django_db
def test_the_year_2026_has_its_247_working_days_and_the_published_days_off():
    moved = get_moved_days(since=YEAR[0], until=YEAR[1])

    off = [day for day in days_of(*YEAR) if not is_working(day, moved)]

    assert 365 - len(off) == 247
    assert [f"{day:%d.%m}" for day in off if day.weekday() < 5] == [
        *("01.01", "02.01", "05.01", "06.01", "07.01", "08.01", "09.01"),
        *("23.02", "09.03", "01.05", "11.05", "12.06", "04.11", "31.12"),
    ]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        # Victory Day of 2027 is a Sunday; of 2028 a Tuesday.
        (dt.date(2027, 5, 10), False),
        (dt.date(2028, 5, 10), True),
        # The 1st of May 2027 is a Saturday.
        (dt.date(2027, 5, 3), False),
        (dt.date(2027, 5, 4), True),
        # What falls on a weekend in January the law leaves to the government.
        (dt.date(2027, 1, 11), True),
        (dt.date(2026, 11, 21), False),
    ],
)
def test_a_holiday_on_a_weekend_gives_its_day_off_to_the_next_working_day(day, works):
    assert is_working(day, {}) is works


@pytest.mark.django_db
def test_what_the_government_moves_goes_before_the_rule():
    saturday, monday = dt.date(2027, 2, 20), dt.date(2027, 2, 22)
    CalendarDay.objects.create(day=saturday, is_working=True, note="за понедельник")
    CalendarDay.objects.create(day=monday, is_working=False, note="с субботы")

    moved = get_moved_days(since=saturday, until=monday)

    assert (is_working(saturday, {}), is_working(monday, {})) == (False, True)
    assert (is_working(saturday, moved), is_working(monday, moved)) == (True, False)
