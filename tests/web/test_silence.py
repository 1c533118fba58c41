"""«Если показания не передать»: said only while a reading is awaited, only where the provider allows it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.kernel.period import Period
from kabinet.providers.enums import Style
from tests.clock import NOW
from tests.factories import (
    AccountFactory,
    BillFactory,
    BillLineFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    ServiceFactory,
    TariffFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
MONTH = Period(2026, 11)
HEADING = "Если показания не передать"


def metered(user, *, silent=0, **rules):
    """An account of a provider that tells, with readings of 100 m³ a month up to so many months before the last."""
    told = {"policy__tell_price_of_silence": True} | {f"policy__{k}": v for k, v in rules.items()}
    provider = ProviderFactory(style=Style.B, **told)
    account = AccountFactory(holders=[user], provider=provider)
    service = ServiceFactory(provider=provider)
    TariffFactory(service=service, valid_from=dt.date(2020, 1, 1), price=Decimal("7.50"))
    meter = MeterFactory(account=account, service=service)
    for back in range(7):
        month = MONTH.plus(-1 - silent - back)
        ReadingFactory(meter=meter, taken_on=month.day(22), value=Decimal(2000 - 100 * back))
    return account, meter


def page_of(client, account):
    response = client.get(reverse("readings", kwargs={"account_id": account.public_id}))
    return " ".join(response.content.decode().split())


def test_a_reading_that_is_awaited_has_a_price_of_silence(client, user):
    account, _meter = metered(user)

    page = page_of(client, account)

    assert HEADING in page
    assert "по среднему расходу за 6 месяцев: 100 м³" in page
    assert '<b class="num">750 ₽</b>' in page
    assert "По среднему можно ещё 2 месяца" in page


def test_a_provider_that_does_not_tell_says_nothing(client, user):
    account, _meter = metered(user, tell_price_of_silence=False)

    assert HEADING not in page_of(client, account)


def test_a_reading_that_was_given_needs_no_warning(client, user):
    account, meter = metered(user)
    ReadingFactory(
        meter=meter,
        taken_on=NOW.date(),
        value=Decimal(2090),
        source="portal",
        status="accepted",
    )

    assert HEADING not in page_of(client, account)


def test_a_closed_window_says_nothing(client, user):
    account, _meter = metered(user, readings_from_day=1, readings_to_day=20)

    assert HEADING not in page_of(client, account)


def test_long_silence_costs_the_norm_only_where_the_provider_charged_by_it(client, user):
    account, meter = metered(user, silent=4)
    assert HEADING not in page_of(client, account)

    bill = BillFactory(account=account, period=MONTH.plus(-1).first_day)
    BillLineFactory(bill=bill, service=meter.service, basis="norm", volume=Decimal(39))
    page = page_of(client, account)

    assert "по нормативу: 39 м³" in page
    assert "около <b" in page
    assert '<b class="num">293 ₽</b>' in page  # 39 × 7,50 = 292,50


def test_averages_of_other_months_than_the_page_shows_cost_one_query(
    client, user, django_assert_max_num_queries
):
    account, _meter = metered(user, silence_average_months=3)
    page_of(client, account)

    with django_assert_max_num_queries(8):
        page = page_of(client, account)

    assert "по среднему расходу за 3 месяца: 100 м³" in page


@pytest.mark.parametrize("meters", [1, 3])
def test_telling_costs_no_more_for_more_meters(client, user, django_assert_max_num_queries, meters):
    account, meter = metered(user, silent=4, silence_average_months=3)
    for _number in range(meters - 1):
        more = MeterFactory(account=account, service=meter.service)
        ReadingFactory(meter=more, taken_on=MONTH.plus(-5).day(22))
    page_of(client, account)

    with django_assert_max_num_queries(8):
        page_of(client, account)
