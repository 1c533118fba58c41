"""What the pages of codes do by themselves in a browser: clocks that tell the truth, a code out of an SMS, a new QR code."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from kabinet.identity import operations
from kabinet.identity.models import QrSignIn
from tests.e2e.axe import assert_accessible
from tests.identity.mail import last_code
from tests.web.entry import EMAIL, PHONE, make_person

# What Chrome on a phone has and Chromium here has not: an SMS that arrives, shown to the page when the person agrees.
PHONE_WITH_SMS = """
  window.OTPCredential = function () {};
  navigator.credentials.get = (asked) => { window.asked = asked; return new Promise((give) => { window.arrive = (code) => give({ code }); }); };
"""


@pytest.fixture(autouse=True)
def _site(transactional_db, settings, live_server):
    settings.SMS_CONNECTOR, settings.CAPTCHA = "mailbox", "off"
    settings.SITE_URL = live_server.url
    # Between two tests the database is emptied of the texts that the first migration brought.
    operations.publish_initial_documents(at=dt.datetime.now(tz=dt.UTC))
    make_person()


def ask(page, contact):
    page.goto(reverse("account_request_login_code"))
    page.get_by_label("Телефон или почта").fill(contact)
    page.get_by_role("button", name="Получить код", exact=True).click()
    expect(page).to_have_url(re.compile(reverse("account_confirm_login_code")))


def test_a_code_out_of_an_sms_fills_itself_in_and_waits_for_the_press(open_page):
    page = open_page(width=390)
    page.add_init_script(PHONE_WITH_SMS)
    ask(page, PHONE)

    assert page.evaluate("window.asked.otp.transport") == ["sms"]
    page.evaluate("code => window.arrive(code)", last_code(PHONE))

    expect(page.get_by_label("Шесть цифр")).to_have_value(last_code(PHONE))
    expect(page.get_by_role("button", name="Войти", exact=True)).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Добавьте лицевой счёт")).to_be_visible()


def test_nothing_is_awaited_where_a_letter_was_sent(open_page):
    page = open_page(width=390)
    page.add_init_script(PHONE_WITH_SMS)

    ask(page, EMAIL)

    assert page.evaluate("window.asked === undefined")


def test_the_clock_tells_the_truth_after_the_telephone_has_slept(open_page):
    page = open_page(width=390)
    page.clock.install()
    page.add_init_script("Object.defineProperty(performance, 'now', { value: () => 1000 });")
    ask(page, EMAIL)
    clock = page.locator("form .kb-clock b")
    expect(clock).to_have_text(re.compile("4:5[0-9]|5:00"))

    # Four minutes on the wall; the browser's own clock stands still while the telephone sleeps.
    page.clock.fast_forward(240_000)

    expect(clock).to_have_text(re.compile("0:5[0-9]|1:00"))


def test_a_qr_code_that_has_run_out_is_replaced_by_itself(open_page):
    computer = open_page(width=1280)
    computer.goto(reverse("account_login"))
    computer.get_by_role("button", name="Войти с телефона по QR-коду", exact=True).click()
    picture = computer.get_by_role("img", name="QR-код для входа")
    expect(picture).to_be_visible()
    first = QrSignIn.objects.get()

    QrSignIn.objects.update(expires_at=timezone.now())

    expect(picture).to_be_visible()
    expect(computer.get_by_text("Код действует ещё 1:5")).to_be_visible(timeout=15_000)
    assert QrSignIn.objects.latest("pk").pk > first.pk
