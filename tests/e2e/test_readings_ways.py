"""Slips mended by one tap, the use instead of the value, all accounts at once, undo; without JavaScript too."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.metering.models import Reading
from tests.e2e.axe import assert_accessible, assert_no_overflow
from tests.factories import (
    AccountFactory,
    MeterFactory,
    ProviderFactory,
    ReadingFactory,
    TariffFactory,
    UserFactory,
)

BUTTON = "Передать показания"


@pytest.fixture
def person(transactional_db):
    return UserFactory()


@pytest.fixture
def account(person):
    """A meter of water with three places behind the comma, at a provider that takes the use too."""
    return AccountFactory(provider=ProviderFactory(style="D"), holders=[person])


@pytest.fixture
def meter(account):
    meter = MeterFactory(account=account, decimals=3, service__name="Холодная вода")
    TariffFactory(service=meter.service, price=Decimal("45.33"))
    month_ago = timezone.localdate() - dt.timedelta(days=31)
    for back in range(4):
        ReadingFactory(
            meter=meter,
            taken_on=month_ago - dt.timedelta(days=30 * back),
            value=Decimal(1890 - 10 * back),
        )
    return meter


@pytest.fixture
def address(account, meter):
    return reverse("readings", args=[account.public_id])


def plain(text):
    return " ".join(text.split())


def stored():
    rows = Reading.objects.filter(source="portal").order_by("pk")
    return list(rows.values_list("value", "status"))


def test_value_and_use_fill_each_other(page_each, sign_in, person, address):
    sign_in(page_each, person)
    page_each.goto(address)
    value, volume = page_each.locator("input.kb-digits"), page_each.locator("[data-volume]")

    volume.fill("4,125")
    assert value.input_value() == "1894,125"
    said = plain(page_each.locator("[data-use]").inner_text())
    assert said == "Расход 4,125 м³, примерно 186,99 ₽"

    value.fill("1900")
    assert volume.input_value() == "10"
    value.fill("1000")
    assert volume.input_value() == ""
    volume.fill("5")
    volume.fill("")
    assert value.input_value() == ""
    assert page_each.locator("button[data-main]").is_enabled()


def test_where_meters_are_ticked_none_ticked_sends_nothing(
    page_390, sign_in, person, account, address
):
    account.provider.policy.tick_by_default = True
    account.provider.policy.save(update_fields=["tick_by_default"])
    sign_in(page_390, person)
    page_390.goto(address)
    button = page_390.locator("button[data-main]")
    assert button.is_enabled()

    page_390.get_by_label("даже если цифры не изменились").uncheck()
    assert button.is_disabled()

    page_390.get_by_label("даже если цифры не изменились").check()
    assert button.is_enabled()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_slip_is_mended_by_one_tap_and_taken_back(
    open_page, sign_in, person, address, javascript
):
    page = open_page(width=390, javascript=javascript)
    sign_in(page, person)
    page.goto(address)

    page.locator("input.kb-digits").fill("18999")
    page.get_by_role("button", name=BUTTON).click()
    page.get_by_text("Похоже, лишняя цифра: 18999 вместо 01899,000?").wait_for()
    assert stored() == []
    if javascript:
        assert_accessible(page)
        assert_no_overflow(page)
    page.get_by_role("button", name="Передать 01899,000").click()
    page.get_by_text("Показания переданы поставщику.").wait_for()
    assert stored() == [(1899, "sent")]

    page.get_by_text("Отозвать показание", exact=True).click()
    page.get_by_role("button", name="Отозвать").click()
    page.get_by_text("Показание отозвано").first.wait_for()
    assert stored() == [(1899, "withdrawn")]


@pytest.mark.parametrize("javascript", [True, False])
def test_enter_sends_what_is_typed_and_not_the_correction(
    open_page, sign_in, person, address, javascript
):
    page = open_page(width=1280, javascript=javascript)
    sign_in(page, person)
    page.goto(address)
    page.locator("input.kb-digits").fill("18999")
    page.get_by_role("button", name=BUTTON).click()
    page.get_by_text("Похоже, лишняя цифра").wait_for()

    page.locator("input.kb-digits").fill("1893")
    page.locator("input.kb-digits").press("Enter")

    page.get_by_text("Показания переданы поставщику.").wait_for()
    assert stored() == [(1893, "sent")]


def test_all_accounts_go_at_once(page_each, sign_in, person, meter):
    other = MeterFactory(account=AccountFactory(holders=[person]))
    ReadingFactory(meter=other, taken_on=timezone.localdate() - dt.timedelta(days=31))
    closed = AccountFactory(
        provider=ProviderFactory(
            policy__readings_from_day=(today := timezone.localdate().day % 28 + 1),
            policy__readings_to_day=today,
        ),
        holders=[person],
    )
    MeterFactory(account=closed)
    sign_in(page_each, person)
    page_each.goto(reverse("all-readings"))
    assert_accessible(page_each)
    assert_no_overflow(page_each)
    first, second = page_each.locator("input.kb-digits").all()

    first.fill("1893")
    second.fill("1905")
    page_each.get_by_role("button", name=BUTTON).click()

    page_each.get_by_text("Показания переданы поставщику.").wait_for()
    assert stored() == [(1893, "sent"), (1905, "sent")]
    assert_accessible(page_each)
