"""Readings as they are typed: use and cost at once, and the same by a form without JavaScript."""

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
    ReadingFactory,
    ServiceFactory,
    TariffFactory,
    UserFactory,
)

PRICES = {"T1": "7.58", "T2": "3.025"}


@pytest.fixture
def person(transactional_db):
    return UserFactory()


@pytest.fixture
def account(person):
    """A two-zone meter of electricity, read a month ago."""
    account = AccountFactory(holders=[person])
    service = ServiceFactory(provider=account.provider, name="Электроэнергия", unit="кВт·ч")
    meter = MeterFactory(account=account, service=service, zones=list(PRICES), digits=6)
    month_ago = timezone.localdate() - dt.timedelta(days=31)
    for zone, price in PRICES.items():
        TariffFactory(service=service, zone=zone, price=Decimal(price))
        ReadingFactory(meter=meter, zone=zone, taken_on=month_ago, value=Decimal(12040))
    return account


@pytest.fixture
def address(account):
    return reverse("readings", args=[account.public_id])


def plain(text):
    return " ".join(text.split())


def stored():
    rows = Reading.objects.filter(source="portal").order_by("pk")
    return list(rows.values_list("zone", "value", "status"))


def test_an_empty_form_can_be_sent_and_is_told_what_is_missing(page_each, sign_in, person, address):
    sign_in(page_each, person)
    page_each.goto(address)

    page_each.get_by_role("button", name="Передать показания").click()

    page_each.get_by_text("Ни одного показания не введено").wait_for()
    assert stored() == []


def test_use_and_cost_follow_every_digit(page_each, sign_in, person, address):
    sign_in(page_each, person)
    page_each.goto(address)
    day, night = page_each.locator("input.kb-digits").all()
    said_of_day, said_of_night = page_each.locator("[data-use]").all()

    day.fill("12180")
    assert plain(said_of_day.inner_text()) == "Расход 140 кВт·ч, примерно 1 061,20 ₽"
    assert page_each.locator("[data-total]").is_hidden()

    night.fill("12041")
    # 3.025 roubles are rounded half up, as the server does.
    assert plain(said_of_night.inner_text()) == "Расход 1 кВт·ч, примерно 3,03 ₽"
    total = page_each.locator("[data-total]")
    assert plain(total.inner_text()) == "По всем зонам примерно 1 064,23 ₽"

    night.fill("12000")
    assert plain(said_of_night.inner_text()) == "Меньше прошлого на 40 кВт·ч"
    assert total.is_hidden()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_refused_value_is_mended_and_sent(open_page, sign_in, person, address, javascript):
    page = open_page(width=390, javascript=javascript)
    sign_in(page, person)
    page.goto(address)
    day, night = page.locator("input.kb-digits").all()

    day.fill("12180")
    night.fill("12040")
    page.get_by_role("button", name="Передать показания").click()
    page.get_by_text("Расход будет ноль").wait_for()
    assert stored() == []
    assert day.input_value() == "12180"
    if javascript:
        assert_accessible(page)
        assert_no_overflow(page)

    page.get_by_label("Расход ноль: отправить то же показание").check()
    page.get_by_role("button", name="Передать показания").click()
    page.get_by_text("Показания переданы поставщику.").wait_for()
    assert stored() == [("T1", 12180, "sent"), ("T2", 12040, "sent")]
    costs = [plain(text) for text in page.locator("[data-use]").all_inner_texts()]
    assert costs == ["Расход 140 кВт·ч, примерно 1 061,20 ₽", "Расход 0 кВт·ч, примерно 0,00 ₽"]
