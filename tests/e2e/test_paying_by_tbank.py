"""A person pays through T-Bank's own pages and comes back, on both widths and without scripts (PAY-09, 10, 24, 40)."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from kabinet.identity.models import User
from kabinet.kernel.secrets import seal
from kabinet.payments.models import LedgerEntry
from kabinet.payments.operations.attempts import pay
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.providers.enums import PayMethod
from kabinet.providers.models import ProviderPolicy
from sandbox.tbank.books import Terminal
from sandbox.tbank.server import Sandbox
from tests.payments.payers import line, linked_account, order
from tests.sandbox.tbank.shop import Shop

KEY, PASSWORD = "1510572937960DEMO", "Dfsfh56dgKl"
BOTH_WIDTHS = pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)])


@pytest.fixture
def bank(live_server, settings):
    with Sandbox([Terminal(KEY, PASSWORD)]) as sandbox:
        settings.TBANK_URL, settings.SITE_URL = f"{sandbox.url}/v2", live_server.url
        yield Shop(sandbox.url, key=KEY, password=PASSWORD)


@pytest.fixture
def payer(bank):
    actor, account, merchant = linked_account()
    merchant.gateway, merchant.shop_id, merchant.secret = "tbank", KEY, seal(PASSWORD)
    merchant.save()
    ProviderPolicy.objects.filter(provider=merchant.provider).update(
        pay_methods=[method.value for method in PayMethod]
    )
    return actor, account


@pytest.fixture
def at_checkout(payer, open_page, sign_in):
    """Press «Оплатить»; stand on the page of the payment."""

    def stand(*, width, javascript, method=PayMethod.CARD):
        actor, account = payer
        asked = order(line(account), method=method)
        checkout_id = open_checkout(actor=actor, order=asked, at=timezone.now())
        pay(actor=actor, checkout_id=checkout_id, at=timezone.now())
        page = open_page(width=width, javascript=javascript)
        sign_in(page, User.objects.get(pk=actor.user_id))
        page.goto(reverse("checkout", args=[checkout_id]))
        return page

    return stand


def _ends_with(page, heading):
    """The page asks the bank by itself, every few seconds."""
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible(timeout=20_000)


def give_card(page, number):
    page.get_by_role("link", name="Перейти на страницу банка").click()
    expect(page).to_have_title(re.compile("Оплата картой"))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_label("Номер карты").fill(number)
    page.get_by_label("Срок, ММ/ГГ").fill("12/30")
    page.get_by_label("CVC").fill("123")
    page.get_by_role("button", name="Оплатить 500,00").click()


@BOTH_WIDTHS
def test_a_card_with_a_code(at_checkout, bank, width, javascript):
    page = at_checkout(width=width, javascript=javascript)
    give_card(page, "2201 3820 0000 0013")
    page.get_by_label("Код из СМС").fill("111111")
    page.get_by_role("button", name="Подтвердить").click()
    expect(page.get_by_role("alert")).to_contain_text("Код не подошёл")
    page.get_by_label("Код из СМС").fill("123456")
    page.get_by_role("button", name="Подтвердить").click()

    _ends_with(page, "Оплачено")
    assert LedgerEntry.objects.get().amount == 500
    assert bank.control("books")["taken"] == 50_000


@BOTH_WIDTHS
def test_a_refused_card_and_a_code_refused_say_why_and_lead_on(
    at_checkout, bank, width, javascript
):
    page = at_checkout(width=width, javascript=javascript)
    give_card(page, "5000000000000009")
    _ends_with(page, "Оплата не прошла")
    page.get_by_role("button", name="Попробовать ещё раз").click()
    _at_the_bank_again(page)
    page.get_by_label("Номер карты").fill("2201382000000013")
    page.get_by_label("Срок, ММ/ГГ").fill("12/30")
    page.get_by_label("CVC").fill("123")
    page.get_by_role("button", name="Оплатить 500,00").click()
    page.get_by_role("button", name="Отказаться").click()

    _ends_with(page, "Оплата не прошла")
    assert not LedgerEntry.objects.exists()
    assert bank.control("books")["taken"] == 0


def _at_the_bank_again(page):
    """The page leads on by itself after a press."""
    page.wait_for_url(re.compile(r"/pay/[\w-]+$"))


@BOTH_WIDTHS
def test_a_page_left_without_paying_can_be_taken_up_again(at_checkout, bank, width, javascript):
    page = at_checkout(width=width, javascript=javascript)
    page.get_by_role("link", name="Перейти на страницу банка").click()
    page.get_by_role("button", name="Вернуться в магазин").click()

    expect(page.get_by_role("heading", name="Проверяем оплату")).to_be_visible()
    page.get_by_role("link", name="Вернуться на страницу банка").click()

    expect(page).to_have_title(re.compile("Оплата картой"))
    assert len(bank.control("payments")) == 1


@BOTH_WIDTHS
def test_sbp(at_checkout, bank, width, javascript):
    page = at_checkout(width=width, javascript=javascript, method=PayMethod.SBP)
    own = page.url
    page.get_by_role("link", name="Выбрать банк и оплатить").click()
    page.get_by_role("button", name="Заплатить 500,00").click()
    expect(page.get_by_role("heading", name="Оплачено")).to_be_visible()

    page.goto(own)

    _ends_with(page, "Оплачено")
    assert LedgerEntry.objects.get().amount == 500
    assert bank.control("books")["taken"] == 50_000
