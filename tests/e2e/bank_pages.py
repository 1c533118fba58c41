"""The payer at the stand-in bank's own pages, and people who can pay there; ``sandbox_bank`` starts it (conftest)."""

from __future__ import annotations

import re

from django.urls import reverse
from playwright.sync_api import Page, expect

from kabinet.kernel.secrets import seal
from tests.factories.payments import MerchantFactory

SHOPS = ("100501", "100502")
SECRET = "test_secret"
PLAIN, WITH_CODE = "2202474301322987", "2200000000000004"
CODE_FAILS, NO_MONEY = "2200000000000012", "2200000000000053"
CODE = "4321"


def contract(provider, shop=SHOPS[0], **more):
    """The provider's contract with a shop of the stand-in bank."""
    return MerchantFactory(
        provider=provider,
        gateway="yookassa",
        shop_id=shop,
        secret=seal(SECRET),
        issues_receipts=False,
        **more,
    )


def open_payment(page: Page, account) -> None:
    page.goto(reverse("account-pay", kwargs={"account_id": account.public_id}))


def press(page: Page, method: str = "Новая карта") -> None:
    """Choose the method, agree, press «Оплатить»."""
    page.get_by_role("radio", name=method).check()
    page.locator('[name="rules"]').check()
    page.locator("[data-pay-go]").click()


def give_card(page: Page, number: str = PLAIN, *, code: str | None = None) -> None:
    """Fill the bank's card page, and the code's page where there is one; stand on the bank's last page."""
    expect(page).to_have_title(re.compile("Банк-песочница"))
    page.get_by_label("Номер карты").fill(number)
    page.get_by_label("Срок карты").fill("12/30")
    page.get_by_label("CVC").fill("123")
    page.locator("button.main").click()
    if code is not None:
        page.get_by_label("Код 3-D Secure").fill(code)
        page.get_by_role("button", name="Подтвердить").click()


def back(page: Page) -> None:
    page.get_by_role("link", name="Вернуться на сайт").click()


def ends_with(page: Page, heading: str) -> None:
    """The page asks the bank by itself, every few seconds."""
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible(timeout=20_000)
