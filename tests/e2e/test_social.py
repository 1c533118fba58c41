"""In through VK ID and back, in a browser: both widths, with scripts and without (IDN-07, 24; MOB-05)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from kabinet.identity import operations
from kabinet.identity.models import User
from sandbox.social.people import LIDIA, MARK
from tests.e2e.axe import assert_accessible, assert_no_overflow
from tests.identity.mail import last_code
from tests.identity.social import installation
from tests.web.entry import EMAIL, PASSWORD, make_person

BUTTON, ADDRESS = "Войти через VK ID", "mark@example.ru"


@pytest.fixture(autouse=True)
def networks(live_server, settings, transactional_db):
    settings.SMS_CONNECTOR = "mailbox"
    settings.CAPTCHA = "off"
    operations.publish_initial_documents(at=dt.datetime.now(tz=dt.UTC))
    with installation.start(site=live_server.url) as sandbox:
        installation.configure(settings, sandbox, site=live_server.url)
        yield sandbox


@pytest.fixture(params=[(1280, True), (390, False)], ids=str)
def page(request, open_page):
    width, javascript = request.param
    page = open_page(width=width, javascript=javascript)
    page.has_javascript = javascript
    return page


def press(page, button):
    page.get_by_role("button", name=button, exact=True).click()


def look(page):
    if page.has_javascript:
        assert_no_overflow(page)
        assert_accessible(page)


def at_vk(page, button):
    expect(page).to_have_title(re.compile("песочница VK ID"))
    page.get_by_role("button", name=button).click()


def create(page):
    for tick in page.get_by_role("checkbox").all():
        tick.check()
    press(page, "Создать кабинет")


def test_somebody_without_a_phone_at_vk_proves_an_address_and_gets_a_cabinet(page):
    page.goto(reverse("account_signup"))
    look(page)
    press(page, BUTTON)
    at_vk(page, MARK.full_name)

    expect(page.get_by_role("heading", level=1)).to_have_text("Остался один шаг")
    look(page)
    page.get_by_label("Телефон или почта").fill(ADDRESS)
    press(page, "Получить код")
    expect(page.get_by_role("heading", level=1)).to_have_text("Введите код из письма")
    look(page)
    page.get_by_label("Шесть цифр").fill(last_code(ADDRESS))
    press(page, "Подтвердить")

    expect(page.get_by_role("heading", level=1)).to_have_text("Марк, здравствуйте")
    look(page)
    create(page)

    expect(page).to_have_url(re.compile(reverse("onboarding")))
    assert User.objects.get().email == ADDRESS


def test_a_linked_person_is_in_by_one_button_and_who_cancels_is_told(page):
    make_person()
    page.goto(f"{reverse('account_login')}?next={reverse('profile')}")
    page.get_by_label("Телефон или почта").fill(EMAIL)
    page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    press(page, "Войти")
    page.get_by_role("button", name="Привязать VK ID").click()
    at_vk(page, LIDIA.full_name)
    expect(page.get_by_text("Готово: теперь в кабинет можно входить")).to_be_visible()
    look(page)
    page.context.clear_cookies()

    page.goto(f"{reverse('account_login')}?next={reverse('profile')}")
    press(page, BUTTON)
    at_vk(page, "Отменить")
    expect(page.get_by_text("Вы не вошли через VK ID")).to_be_visible()
    look(page)
    page.goto(f"{reverse('account_login')}?next={reverse('profile')}")
    press(page, BUTTON)
    at_vk(page, LIDIA.full_name)

    expect(page.get_by_role("main").get_by_text(EMAIL)).to_be_visible()
    assert User.objects.count() == 1
