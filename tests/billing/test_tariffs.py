from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.billing import queries
from kabinet.kernel.actors import Actor
from tests.factories import (
    AccountFactory,
    AccountServiceFactory,
    ServiceFactory,
    TariffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def account(user):
    return AccountFactory(holders=[user])


def prices(user, account, today=TODAY):
    rows = queries.get_current_tariffs(
        actor=Actor.customer(user.pk), account_id=account.pk, today=today
    )
    return [(row.service_id, row.zone, row.price) for row in rows]


def test_the_price_in_force_on_the_day_is_given(user, account):
    service = ServiceFactory(provider=account.provider)
    TariffFactory(
        service=service,
        valid_from=dt.date(2025, 7, 1),
        valid_to=dt.date(2026, 6, 30),
        price=Decimal("6.50"),
    )
    TariffFactory(service=service, valid_from=dt.date(2026, 7, 1), price=Decimal("7.12"))
    TariffFactory(service=service, valid_from=dt.date(2027, 7, 1), price=Decimal("8.00"))

    assert prices(user, account) == [(service.pk, "", Decimal("7.12"))]
    assert prices(user, account, dt.date(2026, 6, 30)) == [(service.pk, "", Decimal("6.50"))]
    assert prices(user, account, dt.date(2025, 6, 30)) == []


def test_a_later_price_without_an_end_of_the_former_one_wins(user, account):
    service = ServiceFactory(provider=account.provider)
    TariffFactory(service=service, valid_from=dt.date(2025, 7, 1), price=Decimal("6.50"))
    TariffFactory(service=service, valid_from=dt.date(2026, 7, 1), price=Decimal("7.12"))

    assert prices(user, account) == [(service.pk, "", Decimal("7.12"))]


def test_the_accounts_own_group_goes_before_the_general_price(user, account):
    service = AccountServiceFactory(account=account, tariff_group="stove").service
    for zone, price in (("T1", "5.10"), ("T2", "2.30")):
        TariffFactory(service=service, group="stove", zone=zone, price=Decimal(price))
    TariffFactory(service=service, group="", price=Decimal("9.99"))
    TariffFactory(service=service, group="village", price=Decimal("3.33"))

    assert prices(user, account) == [
        (service.pk, "T1", Decimal("5.10")),
        (service.pk, "T2", Decimal("2.30")),
    ]


def test_prices_of_another_provider_and_of_a_foreign_account_do_not_show(user, account):
    TariffFactory()
    TariffFactory(service=ServiceFactory(provider=account.provider))

    assert prices(UserFactory(), account) == []
    assert len(prices(user, account)) == 1


def test_tariffs_take_one_query(user, account, django_assert_num_queries):
    for _ in range(3):
        TariffFactory(service=ServiceFactory(provider=account.provider))

    with django_assert_num_queries(1):
        assert len(prices(user, account)) == 3
