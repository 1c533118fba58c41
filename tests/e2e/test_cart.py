"""The cart and the account's payment in a real browser: sums that follow, with and without JavaScript, for everybody."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from kabinet.payments.models import CartItem, CheckoutItem
from tests.e2e.axe import assert_accessible, assert_no_overflow
from tests.e2e.page_checks import look
from tests.factories import UserFactory
from tests.payments import memory_bank
from tests.payments.carts import billed, owe, payable

CART = reverse("cart")
BRANDS = frozenset({"Visa", "Mastercard", "Maestro", "QR"})


@pytest.fixture
def person(transactional_db, settings):
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, memory_bank.CODE: memory_bank.PATH}
    memory_bank.empty_books()
    return UserFactory()


@pytest.fixture
def receipts(person):
    """Two accounts: one with a receipt of two services and a preliminary charge, one with a penalty."""
    first = payable(person, commission_card="1.00")
    billed(first, "общая", [("Отопление", "100.00"), ("Вода", "50.00")], preliminary="30.00")
    second = payable(person)
    owe(second, "200.00", penalty=Decimal("7.00"))
    return first, second


def put_all(page):
    page.goto(reverse("home"))
    page.get_by_role("button", name="Оплатить всё").click()
    page.wait_for_url(f"**{CART}")


def plain(text):
    return " ".join(text.split())


def test_the_total_follows_what_is_typed_and_the_button_waits(page_each, sign_in, person, receipts):
    page = page_each
    sign_in(page, person)
    put_all(page)
    button = page.locator("[data-pay-go]")
    expect(button).to_be_disabled()
    expect(page.locator("[data-pay-needs]")).to_have_text(
        "Прочитайте правила оплаты и отметьте это."
    )

    page.get_by_label("С правилами оплаты ознакомлен(а)").check()
    expect(button).to_be_enabled()
    box = page.locator('input[name^="sum-"]').first
    box.fill("1 000,5")
    assert plain(button.inner_text()) == "Оплатить 1 318,51 ₽"
    box.fill("сто")
    expect(button).to_be_disabled()
    box.fill("50")
    page.get_by_label("С правилами оплаты ознакомлен(а)").uncheck()
    expect(button).to_be_disabled()

    assert_accessible(page)
    assert_no_overflow(page)
    assert look(page, latin=BRANDS) == []


def test_a_press_opens_a_payment_of_what_was_seen(page_each, sign_in, person, receipts):
    page = page_each
    sign_in(page, person)
    put_all(page)
    page.locator('input[name^="penalty-"]').fill("5")
    page.get_by_label("С правилами оплаты ознакомлен(а)").check()
    page.route("https://bank.example/**", lambda route: route.fulfill(body="<title>Банк</title>"))

    page.locator("[data-pay-go]").click()
    page.wait_for_url("https://bank.example/**")

    items = CheckoutItem.objects.order_by("title").values_list("title", "amount", "penalty")
    assert list(items) == [
        ("Вода", Decimal("50.00"), Decimal("0.00")),
        ("Газ", Decimal("205.00"), Decimal("5.00")),
        ("Отопление", Decimal("100.00"), Decimal("0.00")),
    ]


def test_without_javascript_enter_counts_and_takes_nothing_out(
    open_page, sign_in, person, receipts
):
    page = open_page(javascript=False)
    sign_in(page, person)
    put_all(page)
    box = page.locator('input[name^="sum-"]').first
    box.fill("70")
    box.press("Enter")

    expect(page.locator('input[name^="sum-"]').first).to_have_value("70,00")
    assert CartItem.objects.count() == 3


def test_the_preliminary_charge_is_taken_and_left(open_page, sign_in, person, receipts):
    page = open_page()
    sign_in(page, person)
    put_all(page)

    page.get_by_role("button", name="Взять вместе с предварительным начислением").click()
    expect(page.get_by_text("вместе с предварительным начислением, 180,00")).to_be_visible()
    page.get_by_role("button", name="Взять без него").click()
    expect(page.get_by_role("button", name="Взять вместе с предварительным")).to_be_visible()


@pytest.mark.parametrize("style", ["A", "B", "C", "D"])
def test_one_account_is_paid_in_every_manner(page_each, sign_in, person, style):
    account = payable(person, "100.00", "0.00", style=style)
    owe(account, "50.00", penalty=Decimal("3.00"))
    page = page_each
    sign_in(page, person)

    page.goto(reverse("account-pay", args=[account.public_id]))

    assert plain(page.locator("[data-pay-total]").inner_text()) == "153,00 ₽"
    assert_accessible(page)
    assert_no_overflow(page)
    assert look(page, latin=BRANDS) == []


def test_a_sum_typed_beside_an_empty_tick_ticks_it(open_page, sign_in, person):
    account = payable(person, "100.00", "0.00", style="A")
    page = open_page()
    sign_in(page, person)
    page.goto(reverse("account-pay", args=[account.public_id]))

    page.locator('input[name="sum-1"]').fill("20")

    expect(page.locator('input[name="tick-1"]')).to_be_checked()
    assert plain(page.locator("[data-pay-total]").inner_text()) == "120,00 ₽"


def test_own_payments_and_rules_are_for_everybody(page_each, sign_in, person, receipts):
    page = page_each
    sign_in(page, person)
    for address in (
        reverse("own-payments"),
        reverse("pay-rules", args=[receipts[0].provider.code]),
        CART,
    ):
        page.goto(address)
        assert_accessible(page)
        assert_no_overflow(page)
        assert look(page, latin=BRANDS) == []
