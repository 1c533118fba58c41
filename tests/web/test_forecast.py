"""«Прогноз на этот месяц»: the page, the card that other pages load, and who sees them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature
from tests.factories import (
    AccountFactory,
    BillFactory,
    BillLineFactory,
    MeterFactory,
    ReadingFactory,
    ServiceFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
MONTH = Period(2026, 11)


def charged(account, months=24, services=1):
    offered = [
        ServiceFactory(provider=account.provider, name=f"Услуга {n}") for n in range(services)
    ]
    for period in MONTH.plus(-1).back(months):
        bill = BillFactory(account=account, period=period.first_day, charged=Decimal("750.00"))
        for service in offered:
            BillLineFactory(
                bill=bill,
                service=service,
                volume=Decimal(100),
                tariff=Decimal("7.50"),
                basis="meter",
                charged=Decimal("750.00"),
            )
    return offered


def address(account, name="forecast"):
    return reverse(name, kwargs={"account_id": account.public_id})


def text_of(response):
    return " ".join(response.content.decode().split())


def test_the_page_tells_the_sum_its_range_and_what_it_rests_on(client, user):
    account = AccountFactory(holders=[user])
    charged(account)

    page = text_of(client.get(address(account)))

    assert "≈ 750 ₽" in page
    assert "Скорее всего от 750 до 750 ₽." in page
    assert "Проверили на 12 прошлых месяцах этого счёта" in page
    assert "по таким же месяцам прошлых лет" in page


def test_too_short_a_history_is_said_on_the_page_and_leaves_no_card(client, user):
    account = AccountFactory(holders=[user])
    charged(account, months=13)

    page = client.get(address(account))
    card = client.get(address(account), headers={"HX-Request": "true"})

    assert "хотя бы за 18 месяцев, а есть за 13 месяцев" in text_of(page)
    assert card.status_code == 200
    assert text_of(card) == ""


def test_the_card_is_only_a_card_and_leads_to_the_page(client, user):
    account = AccountFactory(holders=[user])
    charged(account)

    card = text_of(client.get(address(account), headers={"HX-Request": "true"}))

    assert card.startswith("<section")
    assert f'href="{address(account)}"' in card
    assert "≈ 750 ₽" in card


def test_home_and_statistics_load_it_after_themselves_with_a_link_in_its_place(client, user):
    account = AccountFactory(holders=[user])
    charged(account)

    for name in ("account-home", "statistics"):
        page = text_of(client.get(address(account, name)))
        assert f'hx-get="{address(account)}' in page
        assert f'<a href="{address(account)}">Сколько начислят за этот месяц</a>' in page


def test_home_has_no_place_for_it_without_a_year_of_charges(client, user):
    account = AccountFactory(holders=[user])
    charged(account, months=11)

    assert address(account) not in text_of(client.get(address(account, "account-home")))


def test_a_provider_may_leave_the_card_out(client, user):
    account = AccountFactory(holders=[user])
    charged(account)
    policy = account.provider.policy
    policy.home_blocks = [block for block in policy.home_blocks if block != "forecast"]
    policy.save()

    assert address(account) not in text_of(client.get(address(account, "account-home")))


def test_a_section_that_is_off_does_not_exist(client, user):
    account = AccountFactory(holders=[user])
    assert client.get(address(account)).status_code == 200
    policy = account.provider.policy
    policy.enabled_features = [f for f in policy.enabled_features if f != Feature.STATISTICS]
    policy.save()

    assert client.get(address(account)).status_code == 404


def test_a_limited_holder_is_offered_full_access(client, user):
    account = AccountFactory(limited=[user])

    assert client.get(address(account)).status_code == 403


def test_statistics_without_charges_say_whose_gap_it_is(client, user):
    account = AccountFactory(limited=[user])
    charged(account)
    policy = account.provider.policy
    policy.limited_features = [*policy.limited_features, Feature.STATISTICS]
    policy.save()

    page = text_of(client.get(address(account)))

    assert "вам не открыты" in page
    assert "750" not in page


def test_a_stranger_finds_nothing(client, user):
    AccountFactory(holders=[user])

    assert client.get(address(AccountFactory())).status_code == 404


@pytest.mark.parametrize(("months", "services"), [(18, 1), (36, 9)])
def test_the_page_costs_the_same_for_any_history(
    client, user, django_assert_max_num_queries, months, services
):
    account = AccountFactory(holders=[user])
    for service in charged(account, months, services):
        meter = MeterFactory(account=account, service=service)
        for month in (MONTH, MONTH.plus(-1)):
            ReadingFactory(meter=meter, taken_on=month.day(20), value=Decimal(100 + month.month))
    client.get(address(account))

    with django_assert_max_num_queries(7):  # session, user, links, lines, tariffs, meters, readings
        response = client.get(address(account))

    assert len(response.context["services"]) == services
