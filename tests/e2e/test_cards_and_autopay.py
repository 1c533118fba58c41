"""Saved cards and autopay in a browser, at both widths, with axe-core (PAY-07, 16–18, 28, 41, 42)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from kabinet.kernel.actors import Actor
from kabinet.payments.models import Autopay
from kabinet.providers.enums import OverLimit
from tests.e2e.page_checks import look, visit
from tests.factories import AccountFactory, BalanceFactory, ProviderFactory, UserFactory
from tests.factories.payments import AutopayRunFactory, MerchantFactory, SavedCardFactory
from tests.payments import card_bank
from tests.payments.autopayers import autopay_of
from tests.payments.card_bank import CODE


@pytest.fixture
def person(transactional_db, settings):
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, card_bank.CODE: card_bank.PATH}
    card_bank.empty_books()
    return UserFactory(email="anna@example.ru")


@pytest.fixture
def account(person):
    provider = ProviderFactory(
        name="ООО «Приозёрье Газ»", policy__autopay_over_limit=OverLimit.PAY_LIMIT
    )
    account = AccountFactory(provider=provider, holders=[person])
    BalanceFactory(account=account, amount=Decimal("1243.56"))
    return account


@pytest.fixture
def merchant(account):
    return MerchantFactory(
        provider=account.provider,
        gateway=CODE,
        supports_recurring=True,
        issues_receipts=False,
        payee_name="ООО «Приозёрье Газ»",
    )


@pytest.fixture
def card(person, merchant):
    return SavedCardFactory(user=person, merchant=merchant, last4="4477", is_default=True)


def of(account, name):
    return reverse(name, kwargs={"account_id": account.public_id})


def test_the_pages_of_cards_read_well(page_1280, person, card, merchant, sign_in):
    SavedCardFactory(user=person, merchant=merchant, last4="0001", expiry_year=2026, expiry_month=1)
    sign_in(page_1280, person)

    addresses = (
        reverse("cards"),
        reverse("card-new"),
        reverse("card-remove", kwargs={"card_id": card.public_id}),
        reverse("profile"),
    )

    assert [fault for address in addresses for fault in visit(page_1280, address)] == []


def test_a_saved_card_pays_by_itself_from_connecting_to_switching_off(
    page_390, person, account, card, sign_in
):
    sign_in(page_390, person)
    faults = visit(page_390, of(account, "autopay"))
    page_390.get_by_role("link", name="Подключить автоплатёж").first.click()
    faults += look(page_390)
    page_390.get_by_label("Предел на месяц, ₽").fill("3 000")
    page_390.get_by_label("Какого числа платить").select_option("25")
    page_390.get_by_label("Подтверждаю подключение").check()
    page_390.get_by_role("button", name="Подключить", exact=True).click()
    expect(page_390.get_by_text("Автоплатёж подключён.")).to_be_visible()
    faults += look(page_390)
    page_390.get_by_role("link", name="Изменить").click()
    faults += look(page_390)
    page_390.get_by_label("Предел на месяц, ₽").fill("500,50")
    page_390.get_by_role("button", name="Сохранить").click()
    expect(page_390.get_by_text("500,50").first).to_be_visible()
    page_390.get_by_role("button", name="Отключить автоплатёж").click()
    expect(page_390.get_by_text("Больше ничего не спишется.").first).to_be_visible()

    assert faults + look(page_390) == []
    assert Autopay.objects.get().state == "off"


@pytest.mark.parametrize("state", ["on", "paused", "binding"])
def test_months_of_all_kinds_read_well(page_1280, account, card, sign_in, state):
    """``card`` brings its person and its contract along."""
    autopay = autopay_of(
        Actor.customer(card.user_id), account, card.merchant, card=card, state=state, failures=3
    )
    kinds = (
        {"state": "failed", "cause": "no_money", "tries": 3},
        {"state": "skipped", "told": "over_limit"},
        {"state": "skipped", "told": "by_person"},
        {"state": "paid", "amount": Decimal("1243.56"), "tries": 1},
    )
    for number, kind in enumerate(kinds):
        AutopayRunFactory(autopay=autopay, period=dt.date(2026, 7 + number, 1), **kind)
    sign_in(page_1280, card.user)

    assert visit(page_1280, of(account, "autopay")) == []
