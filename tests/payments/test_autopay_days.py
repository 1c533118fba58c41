"""When autopays are told of and made, and how much the limit leaves (PAY-17)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.kernel.money import Money
from kabinet.payments.calculations.autopay_days import (
    NOTICE,
    Turn,
    affordable,
    after_notice,
    is_time_to_tell,
    next_turn,
    open_moment,
)
from kabinet.payments.calculations.splitting import commission_of

MOSCOW, VLADIVOSTOK = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Vladivostok")
NOVEMBER, DECEMBER = dt.date(2026, 11, 1), dt.date(2026, 12, 1)
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def moscow(day, hour=12, minute=0, month=11):
    return dt.datetime(2026, month, day, hour, minute, tzinfo=MOSCOW)


def turn(at, *, day=25, since=LONG_AGO, taken=(), zone=MOSCOW):
    return next_turn(day=day, since=since, taken=taken, at=at, zone=zone)


def test_the_month_is_paid_at_ten_on_its_day():
    assert turn(moscow(3)) == Turn(NOVEMBER, moscow(25, 10))


def test_ten_oclock_is_the_providers_own():
    assert turn(moscow(3), zone=VLADIVOSTOK).due_at == moscow(25, 3)


def test_a_month_that_is_taken_is_followed_by_the_next():
    assert turn(moscow(26), taken=[NOVEMBER]) == Turn(DECEMBER, moscow(25, 10, month=12))


def test_a_day_slept_through_is_made_up_a_days_notice_later():
    assert turn(moscow(26, 15)) == Turn(NOVEMBER, moscow(27, 15))


def test_made_up_within_the_hours_of_payments():
    assert turn(moscow(26, 22)).due_at == moscow(28, 10)
    assert turn(moscow(26, 8)).due_at == moscow(27, 10)


def test_a_month_whose_end_is_too_near_for_a_notice_is_missed():
    assert turn(moscow(30, 11)) == Turn(NOVEMBER, None)


def test_a_day_sooner_than_a_day_after_connecting_is_left_to_the_next_month():
    assert turn(moscow(24, 11), since=moscow(24, 11)).period == DECEMBER
    assert turn(moscow(24, 9), since=moscow(24, 9)).period == NOVEMBER


@pytest.mark.parametrize(
    ("at", "told"), [(moscow(23, 9, 59), False), (moscow(23, 10), True), (moscow(24, 15), True)]
)
def test_it_is_told_two_days_ahead(at, told):
    assert is_time_to_tell(turn(at), at) is told


def test_a_missed_month_is_told_at_once():
    assert is_time_to_tell(Turn(NOVEMBER, None), moscow(30))


@given(st.integers(min_value=0, max_value=365 * 24 * 60))
def test_nothing_is_taken_at_night_nor_within_a_day_of_the_notice(minutes):
    told_at = LONG_AGO + dt.timedelta(minutes=minutes)
    due_at = after_notice(told_at, MOSCOW)

    assert due_at >= told_at + NOTICE
    assert dt.time(10) <= due_at.astimezone(MOSCOW).time() < dt.time(20)
    assert open_moment(due_at, MOSCOW) == due_at


@given(
    st.integers(min_value=1, max_value=10_000_000),
    st.decimals(min_value=0, max_value=20, places=2),
)
def test_the_limit_holds_the_commission_too_and_not_a_kopeck_is_left(kopecks, percent):
    limit = Money(Decimal(kopecks) / 100)
    most = affordable(limit, percent)
    more = most + Money(Decimal("0.01"))

    assert most + commission_of(most, percent) <= limit
    assert more + commission_of(more, percent) > limit
