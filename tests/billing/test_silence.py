"""What a month without a reading costs: by the average, then by the norm, and never from a guess."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.billing.silence import (
    Ground,
    NormCharge,
    SilenceRules,
    SilentMeter,
    SilentRegister,
    price_of_silence,
    silent_months,
)
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period

NOVEMBER = Period(2026, 11)
RULES = SilenceRules(average_months=6, norm_after=3)
NORM = NormCharge(Decimal(39), Decimal("9.87"))


def rub(text):
    return Money(Decimal(text))


def meter(last_on=dt.date(2026, 10, 22), average="100.5", price="9.87", service_id=1):
    return SilentMeter(
        service_id=service_id,
        service_name=f"Услуга {service_id}",
        unit="м³",
        registers=(
            SilentRegister(
                last_on=last_on,
                average=None if average is None else Decimal(average),
                price=None if price is None else Decimal(price),
            ),
        ),
    )


def told(*meters, norms=None):
    return price_of_silence(meters, month=NOVEMBER, rules=RULES, norms=norms or {})


def test_the_first_silent_month_costs_the_average_at_the_price_in_force():
    (row,) = told(meter()).services

    assert (row.ground, row.volume, row.amount, row.silent_month) == (
        Ground.AVERAGE,
        Decimal("100.5"),
        rub("992"),  # 100,5 × 9,87 = 991,935
        1,
    )


@pytest.mark.parametrize(
    ("last_on", "ground"),
    [
        (dt.date(2026, 10, 1), Ground.AVERAGE),
        (dt.date(2026, 9, 30), Ground.AVERAGE),
        (dt.date(2026, 8, 1), Ground.AVERAGE),
        (dt.date(2026, 7, 31), Ground.NORM),
        (dt.date(2025, 11, 20), Ground.NORM),
    ],
)
def test_three_months_go_by_the_average_and_the_fourth_by_the_norm(last_on, ground):
    (row,) = told(meter(last_on), norms={1: NORM}).services

    assert row.ground is ground


def test_the_norm_is_the_provider_own_volume_at_the_price_in_force():
    (row,) = told(meter(dt.date(2026, 5, 20)), norms={1: NORM}).services

    assert (row.volume, row.amount, row.silent_month) == (Decimal(39), rub("385"), 6)


@pytest.mark.parametrize(
    ("unknown", "norms"),
    [
        (meter(average=None), {}),
        (meter(price=None), {}),
        (meter(last_on=None), {}),
        (meter(dt.date(2026, 5, 20)), {}),
        (meter(dt.date(2026, 5, 20)), {1: NormCharge(Decimal(39), None)}),
        (meter(dt.date(2026, 11, 3)), {}),
    ],
)
def test_what_is_not_known_is_not_said(unknown, norms):
    assert told(unknown, norms=norms) is None


def test_services_are_told_apart_and_together():
    price = told(meter(average="10", price="40"), meter(average="5", price="200", service_id=2))

    assert [row.amount for row in price.services] == [rub("400"), rub("1000")]
    assert price.total == rub("1400")


def test_a_service_that_cannot_be_told_leaves_the_whole_untold():
    price = told(meter(average="10", price="40"), meter(average=None, service_id=2))

    assert [row.amount for row in price.services] == [rub("400")]
    assert price.total is None


def test_zones_of_a_meter_are_added_up_at_their_own_prices():
    zones = SilentMeter(
        1,
        "Электроэнергия",
        "кВт·ч",
        (
            SilentRegister(dt.date(2026, 10, 20), Decimal(100), Decimal(6)),
            SilentRegister(dt.date(2026, 10, 20), Decimal(50), Decimal(3)),
        ),
    )

    (row,) = told(zones).services

    assert (row.volume, row.amount) == (Decimal(150), rub("750"))


def test_meters_of_one_service_that_fell_silent_at_different_times_are_not_mixed():
    assert told(meter(), meter(dt.date(2026, 5, 20)), norms={1: NORM}) is None


def test_months_are_counted_with_this_one():
    assert silent_months(dt.date(2025, 12, 31), month=NOVEMBER) == 11
