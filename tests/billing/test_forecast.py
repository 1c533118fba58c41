"""What this month will cost: beaten naive guesses live in ``benchmarks.forecast``; here is what each rule promises."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kabinet.accounts.queries import get_linked_accounts
from kabinet.billing.forecast import (
    Forecast,
    Ground,
    NoForecast,
    Pace,
    Refusal,
    ServiceHistory,
    ServiceMonth,
    forecast,
    pace_of_use,
)
from kabinet.billing.queries.forecast import get_forecast
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from tests.factories import (
    AccountFactory,
    BillFactory,
    BillLineFactory,
    MeterFactory,
    ReadingFactory,
    ServiceFactory,
    TariffFactory,
    UserFactory,
)

NOVEMBER = Period(2026, 11)
AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
HEATING = (100, 92, 74, 46, 20, 9, 7, 7, 17, 42, 68, 93)


def month(volume, price=10, **more):
    cost = Decimal(volume) * Decimal(price)
    return ServiceMonth(
        cost=cost, net=more.pop("net", cost), volume=Decimal(volume), is_metered=True, **more
    )


def back(count, make, target=NOVEMBER):
    """The months before the target, oldest last."""
    return {period: make(period) for period in target.plus(-1).back(count)}


def gas(months, **more):
    return ServiceHistory(1, "Газ", months, **more)


def seasonal(period):
    return month(HEATING[period.month - 1] * 3)


def test_a_season_that_repeats_is_forecast_exactly():
    told = forecast([gas(back(36, seasonal))], target=NOVEMBER)

    assert isinstance(told, Forecast)
    assert (told.amount, told.low, told.high, told.usual_error) == (
        Money(Decimal(2040)),  # 68 × 3 × 10
        Money(Decimal(2040)),
        Money(Decimal(2040)),
        0,
    )
    assert [(row.name, row.ground) for row in told.services] == [("Газ", Ground.SEASON)]


def test_a_household_that_uses_half_as_much_again_is_followed():
    def grown(period):
        factor = Decimal("1.5") if period > NOVEMBER.plus(-13) else 1
        return month(HEATING[period.month - 1] * factor)

    told = forecast([gas(back(36, grown))], target=NOVEMBER)

    assert abs(told.amount.amount - 1020) <= 20


def test_the_tariff_in_force_is_applied_to_what_was_paid_before():
    prices = {period: Decimal(10) for period in NOVEMBER.plus(-1).back(36)} | {
        NOVEMBER: Decimal(11)
    }

    told = forecast([gas(back(36, seasonal), prices=prices)], target=NOVEMBER)

    assert told.amount == Money(Decimal(2240))  # 2244, to tens


def test_a_reading_of_this_month_goes_before_the_season():
    paces = {1: Pace(Decimal(150), Decimal(1))}

    told = forecast([gas(back(36, seasonal))], target=NOVEMBER, paces=paces)

    assert told.amount == Money(Decimal(1500))
    assert told.services[0].ground is Ground.READING


def test_months_by_the_average_are_settled_by_the_reading_after_them():
    guessed, settled = NOVEMBER.plus(-11), NOVEMBER.plus(-10)  # December and January

    def told_month(period):
        if period == guessed:
            return month(100, is_average=True)
        if period == settled:
            return month(HEATING[11] * 3 + HEATING[0] * 3 - 100)
        return seasonal(period)

    told = forecast([gas(back(36, told_month, NOVEMBER))], target=NOVEMBER)
    december = forecast(
        [gas(back(36, lambda p: told_month(p) if p < NOVEMBER else seasonal(p), Period(2026, 12)))],
        target=Period(2026, 12),
    )

    assert told.amount == Money(Decimal(2040))
    assert december.amount == Money(Decimal(2790))  # 93 × 3 × 10, as if it had been read


def test_a_fixed_fee_stays_as_it_was_last_month():
    fee = ServiceHistory(
        2,
        "Обслуживание",
        back(36, lambda _p: ServiceMonth(Decimal(70), Decimal(70), None, is_metered=False)),
    )

    told = forecast([fee], target=NOVEMBER)

    assert told.amount == Money(Decimal(70))
    assert told.services[0].ground is Ground.SAME


def test_one_person_more_counts_at_once_where_volumes_go_by_heads():
    heads = ServiceHistory(
        3,
        "Вывоз",
        back(
            36,
            lambda p: ServiceMonth(
                Decimal(300 if p >= NOVEMBER.plus(-1) else 200),
                Decimal(300 if p >= NOVEMBER.plus(-1) else 200),
                Decimal(3 if p >= NOVEMBER.plus(-1) else 2),
                is_metered=False,
            ),
        ),
    )

    assert forecast([heads], target=NOVEMBER).amount == Money(Decimal(300))


def test_the_range_is_as_wide_as_four_of_five_errors_were():
    jumpy = {
        period: month(
            100, net=Decimal(1200 if period.month == 3 else 1100 if period.month == 6 else 1000)
        )
        for period in NOVEMBER.plus(-1).back(36)
    }

    told = forecast([gas(jumpy)], target=NOVEMBER)

    assert (told.usual_error, told.tests) == (0, 12)
    wide = {
        period: month(100, net=Decimal(1200 if period.month % 3 else 1000))
        for period in NOVEMBER.plus(-1).back(36)
    }
    told = forecast([gas(wide)], target=NOVEMBER)
    assert (told.usual_error, told.low, told.high) == (
        20,
        Money(Decimal(800)),
        Money(Decimal(1200)),
    )


@pytest.mark.parametrize(
    ("months", "target", "why"),
    [
        (0, NOVEMBER, Refusal.NO_BILLS),
        (17, NOVEMBER, Refusal.SHORT_HISTORY),
        (36, NOVEMBER.plus(2), Refusal.OLD_BILLS),
    ],
)
def test_too_little_to_go_by_is_said_and_not_guessed(months, target, why):
    told = forecast([gas(back(months, seasonal))], target=target)

    assert isinstance(told, NoForecast)
    assert told.why is why
    assert isinstance(forecast([gas(back(18, seasonal))], target=NOVEMBER), Forecast)


def test_an_account_that_cannot_be_foreseen_is_left_alone():
    wild = {
        period: month(100, net=Decimal(100 if period.month % 2 else 3000))
        for period in NOVEMBER.plus(-1).back(36)
    }

    assert forecast([gas(wild)], target=NOVEMBER) == NoForecast(Refusal.UNSTEADY, 36)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (6, None),
        (15, Pace(Decimal(200), Decimal("0.5"))),
        (29, Pace(Decimal(100), Decimal(1))),
        (36, Pace(Decimal(100), Decimal(1))),
        (60, Pace(Decimal(50), Decimal(1))),
    ],
)
def test_use_between_readings_is_brought_to_a_month(days, expected):
    assert pace_of_use(Decimal(100), days=days, month=NOVEMBER) == expected


volumes = st.none() | st.decimals(-100, 1000, places=2)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(volumes, st.decimals(-500, 5000, places=2), st.booleans()), max_size=40))
def test_whatever_came_the_answer_is_a_range_or_a_reason(rows):
    months = {
        period: ServiceMonth(cost, cost, volume, is_metered=is_metered, is_average=not is_metered)
        for period, (volume, cost, is_metered) in zip(
            NOVEMBER.plus(-1).back(len(rows)), rows, strict=True
        )
    }

    told = forecast([gas(months)], target=NOVEMBER)

    assert isinstance(told, NoForecast) or told.low <= told.amount <= told.high


def billed(months=24):
    """An account with two years of gas at 100 m³ in winter and 20 in summer, 7.50 a cubic metre since July."""
    user = UserFactory()
    account = AccountFactory(holders=[user])
    service = ServiceFactory(provider=account.provider)
    for year, price in ((2024, "6.00"), (2025, "7.00"), (2026, "7.50")):
        TariffFactory(service=service, valid_from=dt.date(year, 7, 1), price=Decimal(price))
    for period in NOVEMBER.plus(-1).back(months):
        volume = Decimal(100 if period.month in {10, 11, 12, 1, 2, 3} else 20)
        price = Decimal("6.00" if period < Period(2025, 7) else "7.00")
        if period >= Period(2026, 7):
            price = Decimal("7.50")
        bill = BillFactory(account=account, period=period.first_day, charged=volume * price)
        BillLineFactory(
            bill=bill,
            service=service,
            volume=volume,
            tariff=price,
            basis="meter",
            charged=volume * price,
        )
    actor = Actor.customer(user.pk, address="127.0.0.1")
    (row,) = get_linked_accounts(actor=actor)
    return actor, row, service


@pytest.mark.django_db
def test_the_account_own_bills_and_tariffs_make_its_forecast(django_assert_num_queries):
    actor, account, _service = billed()

    with django_assert_num_queries(3):  # lines, tariffs, meters
        told = get_forecast(actor=actor, account=account, at=AT)

    assert (told.period, told.amount) == (NOVEMBER, Money(Decimal(750)))
    assert told.low <= told.amount <= told.high


@pytest.mark.django_db
def test_readings_of_this_month_make_the_pace():
    actor, account, service = billed()
    meter = MeterFactory(account_id=account.id, service=service)
    ReadingFactory(meter=meter, taken_on=dt.date(2026, 10, 20), value=Decimal(1000))
    ReadingFactory(
        meter=meter, taken_on=dt.date(2026, 11, 19), value=Decimal(1060), source="inspector"
    )

    told = get_forecast(actor=actor, account=account, at=AT)

    assert told.amount == Money(Decimal(450))
    assert told.services[0].ground is Ground.READING


@pytest.mark.django_db
def test_recalculations_are_not_taken_for_use():
    actor, account, service = billed()
    bill = service.billline_set.get(bill__period="2026-10-01").bill
    BillLineFactory(bill=bill, service=service, operation="перерасчёт", charged=Decimal("5000.00"))

    told = get_forecast(actor=actor, account=account, at=AT)

    assert told.amount == Money(Decimal(750))


@pytest.mark.django_db
def test_another_persons_bills_are_nobody_elses_forecast():
    _actor, account, _service = billed()
    stranger = Actor.customer(UserFactory().pk, address="127.0.0.1")

    assert get_forecast(actor=stranger, account=account, at=AT) == NoForecast(Refusal.NO_BILLS, 0)
