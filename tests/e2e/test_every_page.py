"""Every page of the portal as an account with two years of history fills it: it fits, and axe-core is content."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.accounts.enums import AccessLevel
from kabinet.kernel.period import Period
from tests.e2e.axe import assert_accessible, assert_no_overflow, assert_touchable
from tests.factories import (
    AccountFactory,
    AccountLinkFactory,
    BalanceFactory,
    BillFactory,
    BillLineFactory,
    MeterFactory,
    PostedPaymentFactory,
    ProviderFactory,
    ReadingFactory,
    ServiceFactory,
    UserFactory,
)

ACCOUNT_PAGES = (
    "account-home",
    "account-edit",
    "account-unlink",
    "account-linked",
    "subscriber",
    "readings",
    "bills",
    "charges",
    "settlements",
    "payments",
)
PERSON_PAGES = ("home", "account-list", "account-link", "profile", "account_change_password")
PUBLIC_PAGES = ("account_login", "account_signup", "account_reset_password")
VIEWS = [(1280, "light"), (390, "light"), (390, "dark"), (320, "light")]


def fill(account):
    gas, water = (
        ServiceFactory(provider=account.provider, name=name)
        for name in ("Газоснабжение природным газом", "Холодное водоснабжение и водоотведение")
    )
    latest = Period.of(timezone.localdate()).plus(-1)
    for period in latest.back(24):
        bill = BillFactory(
            account=account, period=period.first_day, charged="12843.56", total="12843.56"
        )
        for service in (gas, water):
            BillLineFactory(bill=bill, service=service, charged="6421.78", closing="6421.78")
        PostedPaymentFactory(account=account, received_on=period.first_day, service=gas)
    for service in (gas, water):
        BalanceFactory(account=account, service=service, amount=Decimal("112421.78"))
    return ReadingFactory(meter=MeterFactory(account=account, service=gas)).meter


@pytest.fixture
def household(transactional_db):
    """A person with a full account of long names and a limited one, and the addresses that are theirs."""
    provider = ProviderFactory(
        name="ООО «Региональная энергосбытовая компания Северо-Западного округа»",
        phone="+7 (495) 000-00-00",
        emergency_phone="104",
    )
    user = UserFactory()
    full = AccountFactory(provider=provider, number="40817810099910004312", flat="48")
    AccountLinkFactory(
        user=user, account=full, alias="Дом на Лесной, где живёт бабушка", is_primary=True
    )
    meter = fill(full)
    limited = AccountFactory(provider=provider)
    AccountLinkFactory(user=user, account=limited, level=AccessLevel.LIMITED, extended_at=None)
    fill(limited)

    addresses = dict.fromkeys([reverse(name) for name in PERSON_PAGES], 200)
    addresses |= {reverse(name, args=[full.public_id]): 200 for name in ACCOUNT_PAGES}
    latest = str(Period.of(timezone.localdate()).plus(-1))
    addresses |= {
        reverse("charges-month", args=[full.public_id, latest]): 200,
        reverse("meter-history", args=[full.public_id, meter.public_id]): 200,
        reverse("account-link-number", args=[provider.code]): 200,
        reverse("account-home", args=[limited.public_id]): 200,
        reverse("account-upgrade", args=[limited.public_id]): 200,
        reverse("subscriber", args=[limited.public_id]): 403,  # the offer of full access
    }
    return user, addresses


def faults_of(page, address, status=200):
    answer = page.goto(address)
    came_to = page.url.removeprefix(page.evaluate("location.origin"))
    found = []
    if (answer.status, came_to) != (status, address):
        found.append(f"{address}: {answer.status} at {came_to}")
    for check in (assert_no_overflow, assert_touchable, assert_accessible):
        try:
            check(page)
        except AssertionError as fault:
            found.append(str(fault))
    return found


@pytest.mark.parametrize(("width", "theme"), VIEWS)
def test_every_page_of_a_person_fits_and_is_accessible(open_page, sign_in, household, width, theme):
    user, addresses = household
    page = open_page(width=width, theme=theme)
    sign_in(page, user)

    faults = [fault for item in addresses.items() for fault in faults_of(page, *item)]

    assert not faults, "\n\n".join(faults)


@pytest.mark.parametrize(("width", "theme"), VIEWS)
def test_every_page_of_nobody_fits_and_is_accessible(open_page, width, theme):
    page = open_page(width=width, theme=theme)

    faults = [fault for name in PUBLIC_PAGES for fault in faults_of(page, reverse(name))]
    faults += faults_of(page, "/no/such/page/", status=404)

    assert not faults, "\n\n".join(faults)
