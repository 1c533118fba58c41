"""Use by month as the readings tell it (MET-37)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.kernel.actors import Actor
from kabinet.kernel.figures import MonthlyFigure
from kabinet.kernel.period import Period
from kabinet.metering.queries.uses import get_monthly_uses
from kabinet.providers.enums import Feature
from tests.factories import (
    AccountFactory,
    MeterFactory,
    ReadingFactory,
    ServiceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
AUGUST, OCTOBER = Period(2026, 8), Period(2026, 10)


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def actor(user):
    return Actor.customer(user.pk)


@pytest.fixture
def meter(user):
    account = AccountFactory(holders=[user])
    power = ServiceFactory(provider=account.provider, code="power", name="Свет", unit="кВт·ч")
    return MeterFactory(account=account, service=power)


def read(actor, meter, first=AUGUST, last=OCTOBER):
    figures = get_monthly_uses(actor=actor, account_id=meter.account_id, first=first, last=last)
    return sorted(figures, key=lambda figure: (figure.period, figure.zone))


def taken(meter, *values, zone="", **details):
    """Readings of the 22nd, month after month from July; None leaves a month out."""
    for step, value in enumerate(values):
        if value is not None:
            day = Period(2026, 7).plus(step).day(22)
            ReadingFactory(meter=meter, zone=zone, taken_on=day, value=value, **details)


def use(period, value, zone=""):
    return MonthlyFigure(period, Decimal(value), "кВт·ч", "power", "Свет", zone=zone)


def test_use_stands_in_the_month_of_the_later_reading(actor, meter):
    taken(meter, 100, 130, 150, 210)

    assert read(actor, meter) == [
        use(AUGUST, 30),
        use(AUGUST.plus(1), 20),
        use(OCTOBER, 60),
    ]


def test_months_left_out_share_the_use_to_the_last_hundredth(actor, meter):
    taken(meter, 100, None, None, 200)

    assert read(actor, meter) == [
        use(AUGUST, "33.33"),
        use(AUGUST.plus(1), "33.33"),
        use(OCTOBER, "33.34"),
    ]


def test_shares_of_months_before_the_first_are_left_out(actor, meter):
    taken(meter, 100, None, None, 190)

    assert read(actor, meter, first=OCTOBER) == [use(OCTOBER, 30)]


def test_two_readings_of_a_month_are_added(actor, meter):
    taken(meter, 100, 130)
    ReadingFactory(meter=meter, taken_on=dt.date(2026, 8, 30), value=135, source="bank")

    assert read(actor, meter) == [use(AUGUST, 35)]


def test_zones_stand_apart(actor, meter):
    taken(meter, 100, 130, zone="T1")
    taken(meter, 50, 55, zone="T2")

    assert read(actor, meter) == [use(AUGUST, 30, "T1"), use(AUGUST, 5, "T2")]


def test_two_meters_of_a_service_are_added_and_never_mixed(actor, meter):
    taken(meter, 100, 130)
    taken(MeterFactory(account=meter.account, service=meter.service), 5000, 5007)

    assert read(actor, meter) == [use(AUGUST, 37)]


def test_a_register_that_passed_zero_goes_on(actor, meter):
    taken(meter, 99_990, 15)

    assert read(actor, meter) == [use(AUGUST, 25)]


def test_a_corrected_reading_takes_use_back(actor, meter):
    taken(meter, 100, 190, 150)

    assert read(actor, meter) == [use(AUGUST, 90), use(AUGUST.plus(1), -40)]


@pytest.mark.parametrize("status", ["rejected", "received", "sent", "replaced"])
def test_only_accepted_readings_count(actor, meter, status):
    taken(meter, 100, 130)
    ReadingFactory(
        meter=meter,
        taken_on=dt.date(2026, 9, 22),
        value=900,
        status=status,
        portal_id="00000000-0000-0000-0000-000000000001",
        submitted_at=dt.datetime(2026, 9, 22, 9, tzinfo=dt.UTC),
    )

    assert read(actor, meter) == [use(AUGUST, 30)]


def test_another_persons_meter_is_not_there(actor, meter):
    taken(meter, 100, 130)

    assert read(Actor.customer(UserFactory().pk), meter) == []
    assert len(read(actor, meter)) == 1


@pytest.mark.parametrize("feature", [Feature.STATISTICS, Feature.METERS])
def test_a_switched_off_section_has_no_figures(actor, meter, feature):
    taken(meter, 100, 130)
    meter.account.provider.policy.enabled_features.remove(feature)
    meter.account.provider.policy.save()

    assert read(actor, meter) == []


@pytest.mark.parametrize("meters", [1, 3])
def test_one_query_for_any_number_of_meters(actor, meter, meters, django_assert_num_queries):
    for _ in range(meters):
        taken(MeterFactory(account=meter.account, service=meter.service), 100, 130)

    with django_assert_num_queries(1):
        assert read(actor, meter) == [use(AUGUST, 30 * meters)]
