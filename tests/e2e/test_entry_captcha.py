"""The captcha of the entry pages in a browser: it works by itself, and is no obstacle to anybody."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from kabinet.identity import operations
from kabinet.ui.captcha import patience
from tests.e2e.axe import assert_accessible, assert_no_overflow
from tests.ui.yandex import HOST, TOKEN, Yandex
from tests.web.entry import EMAIL, PASSWORD, make_person


@pytest.fixture(autouse=True)
def _asked_everywhere(transactional_db, settings):
    settings.CAPTCHA_ON = ["sign-up", "recovery", "guest", "sign-in"]
    # Between two tests the database is emptied of the texts that the first migration brought.
    operations.publish_initial_documents(at=dt.datetime.now(tz=dt.UTC))


def _ask_for_a_code(page):
    page.get_by_label("Почта").or_(page.get_by_label("Электронная почта")).first.fill(EMAIL)
    page.get_by_role("button", name="Получить код").click()


def test_the_browser_does_the_work_by_itself(open_page):
    page = open_page(width=390)
    page.goto(reverse("account_reset_password"))
    page.get_by_text("Проверено").wait_for()
    assert_no_overflow(page)
    assert_accessible(page)

    _ask_for_a_code(page)

    expect(page.get_by_label("Шесть цифр")).to_be_visible()


def test_after_three_wrong_passwords_the_fourth_goes_with_work(open_page):
    make_person()
    page = open_page(width=390)
    page.goto(reverse("account_login"))
    for password in ["не тот"] * 3:
        page.get_by_label("Электронная почта").fill(EMAIL)
        page.get_by_label("Пароль", exact=True).fill(password)
        page.get_by_role("button", name="Войти", exact=True).click()
        page.get_by_text("не подошли друг к другу").wait_for()
    page.get_by_text("Проверено").wait_for()
    assert_accessible(page)

    page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Войти", exact=True).click()

    page.wait_for_url(lambda url: "login" not in url)


@pytest.mark.parametrize("lost", ["altcha.min.js", "pbkdf2.js"])
def test_a_browser_that_cannot_work_is_left_the_other_way(open_page, monkeypatch, lost):
    page = open_page(width=390)
    broken = "throw new Error();" if lost == "pbkdf2.js" else "globalThis.$altcha = null;"
    page.route(
        f"**/{lost}", lambda route: route.fulfill(body=broken, content_type="text/javascript")
    )
    monkeypatch.setattr(patience, "WAIT", dt.timedelta(0))
    page.goto(reverse("account_reset_password"))
    page.get_by_text("не раньше чем через десять секунд").wait_for()
    assert_accessible(page)

    _ask_for_a_code(page)

    expect(page.get_by_label("Шесть цифр")).to_be_visible()


def test_yandex_captcha_is_let_in_and_believed(open_page, live_server, settings):
    yandex = Yandex()
    settings.CAPTCHA, settings.SMARTCAPTCHA_KEY = "smartcaptcha", "site-key"
    settings.SMARTCAPTCHA_SECRET = "server-key"
    settings.SMARTCAPTCHA_URL, settings.SITE_URL = yandex.url, f"https://{HOST}"
    page = open_page(width=390)
    page.goto(reverse("account_reset_password"))
    page.locator("input[name=smart-token]").wait_for(state="attached")

    _ask_for_a_code(page)

    expect(page.get_by_label("Шесть цифр")).to_be_visible()
    yandex.close()
    ((_path, asked),) = yandex.asked
    assert (asked["secret"], asked["token"]) == ("server-key", TOKEN)


def test_without_javascript_ten_seconds_do(open_page, monkeypatch):
    page = open_page(width=390, javascript=False)
    page.goto(reverse("account_reset_password"))
    assert "не раньше чем через десять секунд" in page.locator("main").inner_text()

    _ask_for_a_code(page)
    assert "слишком быстро" in page.locator("main").inner_text()
    monkeypatch.setattr(patience, "WAIT", dt.timedelta(0))
    page.get_by_role("button", name="Получить код").click()

    expect(page.get_by_label("Шесть цифр")).to_be_visible()
