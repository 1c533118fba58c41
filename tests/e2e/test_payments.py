"""Paying in every way, in a real browser, through the stand-in bank's own pages (PAY-09, 13, 19, 40, 45, 49, MOB-16, 17)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from kabinet.metering.models import Reading
from kabinet.payments.models import Attempt, LedgerEntry, SavedCard
from kabinet.payments.operations.links import create_link
from kabinet.providers.enums import GuestCheck
from tests.e2e.axe import assert_accessible, assert_no_overflow
from tests.e2e.bank_pages import (
    CODE,
    CODE_FAILS,
    NO_MONEY,
    PLAIN,
    SHOPS,
    WITH_CODE,
    back,
    contract,
    ends_with,
    give_card,
    open_payment,
    press,
)
from tests.factories import MeterFactory, ReadingFactory, SupplierFactory, UserFactory
from tests.factories.payments import MerchantSupplierFactory
from tests.payments.carts import actor_of, owe, payable
from tests.web.guests import INITIALS, REGION

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person(sandbox_bank):
    return UserFactory()


@pytest.fixture
def account(person):
    """Five hundred roubles are owed; SBP, new cards and saved ones are taken."""
    account = payable(
        person, "500.00", style="C", taking=False, pay_methods=["sbp", "card", "saved_card"]
    )
    contract(account.provider, supports_recurring=True)
    return account


@pytest.fixture
def payer(person, open_page, sign_in):
    """Open a browser of the width, signed in."""

    def opened(width=1280):
        page = open_page(width=width)
        sign_in(page, person)
        return page

    return opened


def paid():
    return [entry.amount for entry in LedgerEntry.objects.order_by("pk")]


def is_fine(page):
    assert_accessible(page)
    assert_no_overflow(page)


def test_a_card_with_a_code(payer, account):
    page = payer()
    open_payment(page, account)
    press(page)
    give_card(page, WITH_CODE, code=CODE)
    back(page)

    ends_with(page, "Оплачено")
    is_fine(page)
    assert paid() == [500]


def test_a_code_that_fails_says_why_and_another_card_goes_through(payer, account):
    page = payer(390)
    open_payment(page, account)
    press(page)
    give_card(page, CODE_FAILS, code=CODE)
    back(page)
    ends_with(page, "Оплата не прошла")
    expect(page.locator("main")).to_contain_text("Код подтверждения не ввели, или он не подошёл.")
    is_fine(page)

    page.get_by_role("button", name="Попробовать ещё раз").click()
    give_card(page, NO_MONEY)
    back(page)
    expect(page.locator("main")).to_contain_text("На карте не хватило денег.", timeout=20_000)
    page.get_by_role("button", name="Попробовать ещё раз").click()
    give_card(page, PLAIN)
    back(page)
    ends_with(page, "Оплачено")
    assert paid() == [500]


def test_a_code_never_entered_is_waited_for_and_then_over(payer, account, sandbox_bank):
    page = payer(390)
    open_payment(page, account)
    press(page)
    give_card(page, WITH_CODE)
    page.get_by_label("Код 3-D Secure").wait_for()
    checkout = Attempt.objects.get().part.checkout
    page.goto(reverse("checkout", kwargs={"checkout_id": checkout.public_id}))
    ends_with(page, "Оплатите на странице банка")
    is_fine(page)

    sandbox_bank.post("/clock", seconds=3700)
    ends_with(page, "Оплата не прошла")
    expect(page.locator("main")).to_contain_text("Время на оплату вышло, деньги не списаны.")
    assert paid() == []


def test_sbp_by_its_code_on_a_wide_screen(payer, account, sandbox_bank):
    page = payer(1280)
    open_payment(page, account)
    press(page, "СБП")
    expect(page.get_by_role("img", name="QR-код для оплаты через СБП")).to_be_visible()
    is_fine(page)

    sandbox_bank.pay_by_sbp(Attempt.objects.get().acquirer_id)
    ends_with(page, "Оплачено")
    assert paid() == [500]


def test_sbp_by_the_bank_on_a_phone(payer, account):
    page = payer(390)
    open_payment(page, account)
    is_fine(page)
    press(page, "СБП")
    code = page.get_by_role("img", name="QR-код для оплаты через СБП")
    expect(page.get_by_role("link", name="Выбрать банк и оплатить")).to_be_in_viewport()
    expect(code).to_be_hidden()
    page.get_by_text("Показать QR-код").click()
    expect(code).to_be_visible()
    is_fine(page)

    page.get_by_role("link", name="Выбрать банк и оплатить").click()
    page.locator(".banks a").first.click()
    page.locator("button.main").click()
    back(page)
    ends_with(page, "Оплачено")
    assert paid() == [500]


def test_a_card_that_is_kept_pays_the_next_time_without_the_bank_s_page(payer, account):
    page = payer(390)
    open_payment(page, account)
    page.get_by_label("Запомнить карту").check()
    press(page)
    give_card(page)
    back(page)
    ends_with(page, "Оплачено")
    assert SavedCard.objects.get().last4 == PLAIN[-4:]

    open_payment(page, account)
    page.locator('[name^="sum-"]').fill("70")
    press(page, f"•• {PLAIN[-4:]}")
    ends_with(page, "Оплачено")
    assert paid() == [500, 70]


def test_of_two_payees_the_one_that_failed_is_paid_again_alone(payer, account):
    supplier = SupplierFactory(provider=account.provider, name="Вывоз")
    other = contract(account.provider, SHOPS[1], payee_name="ООО «Вывоз»", is_default=False)
    MerchantSupplierFactory(merchant=other, supplier=supplier)
    owe(account, "90.00", name="Вывоз", supplier=supplier)
    page = payer()
    open_payment(page, account)
    press(page)
    give_card(page)
    back(page)
    ends_with(page, "Остался ещё один получатель")
    is_fine(page)

    page.get_by_role("button", name="Оплатить").click()
    give_card(page, NO_MONEY)
    back(page)
    ends_with(page, "Оплата не прошла")
    page.get_by_role("button", name="Попробовать ещё раз").click()
    give_card(page)
    back(page)
    ends_with(page, "Оплачено")
    assert sorted(paid()) == [90, 500]
    assert Attempt.objects.count() == 3


@pytest.mark.parametrize("width", [1280, 390])
def test_a_guest(open_page, account, width):
    policy = account.provider.policy
    policy.guest_payments, policy.account_pattern = GuestCheck.INITIALS, r"\d+"
    policy.save()
    type(account.provider).objects.update(region=REGION)
    type(account).objects.update(number=INITIALS["number"])
    page = open_page(width=width)
    page.goto(reverse("account_login"))
    page.get_by_role("link", name="Оплатить без входа").click()
    is_fine(page)
    page.get_by_label("Номер лицевого счёта").fill(INITIALS["number"])
    page.get_by_label("Первые буквы фамилии, имени и отчества").fill(INITIALS["initials"])
    page.get_by_role("button", name="Проверить номер").click()
    expect(page.locator("[data-pay-go]")).to_be_disabled()
    is_fine(page)

    press(page)
    give_card(page, WITH_CODE, code=CODE)
    back(page)
    ends_with(page, "Оплачено")
    expect(page.locator("main")).not_to_contain_text("Услуга 0")
    is_fine(page)
    assert paid() == [500]


def test_a_link_that_a_holder_has_sent(payer, open_page, account):
    holder = payer(390)
    holder.goto(reverse("pay-share", kwargs={"account_id": account.public_id}))
    holder.get_by_role("button", name="Сделать ссылку").click()
    address = holder.locator("#link-address").inner_text()
    is_fine(holder)

    page = open_page(width=390)
    page.goto(address)
    expect(page.locator("main")).not_to_contain_text(account.number)
    is_fine(page)
    press(page)
    give_card(page)
    back(page)
    ends_with(page, "Оплачено")
    assert paid() == [500]

    holder.get_by_role("button", name="Отозвать").click()
    page.goto(address)
    ends_with(page, "Ссылка не работает")
    is_fine(page)


def test_readings_go_with_the_payment(payer, account):
    policy = account.provider.policy
    policy.pay_with_readings, policy.readings_from_day, policy.readings_to_day = True, 1, 31
    policy.save()
    meter = MeterFactory(account=account)
    ReadingFactory(meter=meter, value=Decimal(1900))
    page = payer(390)
    open_payment(page, account)
    box = page.get_by_label("Показание сейчас")
    box.fill("1800")
    is_fine(page)
    press(page)
    expect(page.get_by_text("Показание меньше прошлого")).to_be_visible()
    assert Attempt.objects.count() == 0
    is_fine(page)

    box.fill("1950")
    press(page)
    give_card(page)
    back(page)
    ends_with(page, "Оплачено")
    expect(page.get_by_role("heading", name="Показания", level=2)).to_be_visible()
    is_fine(page)
    stored = Reading.objects.filter(source="portal").values_list("value", "route")
    assert list(stored) == [(1950, "payment")]
    assert paid() == [500]


def test_the_page_of_a_link_on_a_wide_screen(open_page, person, account):
    made = create_link(actor=actor_of(person), account_id=account.public_id, at=timezone.now())
    page = open_page(width=1280)
    page.goto(reverse("pay-link", args=[made.token]))
    expect(page.get_by_role("heading", name="Оплата", level=1)).to_be_visible()
    is_fine(page)
