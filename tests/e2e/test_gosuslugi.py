"""In through Gosuslugi and back, in a browser: both widths, with scripts and without (IDN-26, 27)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from kabinet.identity import operations
from kabinet.identity.models import User
from sandbox.esia.people import VERA
from tests.e2e.axe import assert_accessible, assert_no_overflow
from tests.identity.esia.installation import configure
from tests.sandbox.esia import client as stand_in
from tests.web.entry import EMAIL, PASSWORD, make_person

BUTTON = "Войти через Госуслуги"


@pytest.fixture(autouse=True)
def gosuslugi(live_server, settings, transactional_db):
    settings.SMS_CONNECTOR = "mailbox"
    operations.publish_initial_documents(at=dt.datetime.now(tz=dt.UTC))
    with stand_in.start(redirect=f"{live_server.url}/esia/login/callback/") as sandbox:
        configure(settings, sandbox, site=live_server.url)
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


def at_gosuslugi(page, button):
    expect(page).to_have_title(re.compile("Госуслуги, песочница"))
    page.get_by_role("button", name=button).click()


def test_somebody_new_gets_a_cabinet(page):
    page.goto(reverse("account_login"))
    look(page)
    press(page, BUTTON)
    at_gosuslugi(page, VERA.full_name)

    expect(page.get_by_role("heading", level=1)).to_have_text("Вера, здравствуйте")
    look(page)
    for tick in page.get_by_role("checkbox").all():
        tick.check()
    press(page, "Создать кабинет")

    expect(page).to_have_url(re.compile(reverse("onboarding")))
    assert User.objects.get().email == VERA.email


def test_an_own_cabinet_is_linked_and_opened(page):
    make_person()
    page.goto(f"{reverse('account_login')}?next={reverse('profile')}")
    page.get_by_label("Телефон или почта").fill(EMAIL)
    page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    press(page, "Войти")
    page.get_by_role("button", name="Привязать Госуслуги").click()
    at_gosuslugi(page, VERA.full_name)
    expect(page.get_by_text("Готово: теперь в кабинет можно входить")).to_be_visible()
    look(page)

    page.context.clear_cookies()
    page.goto(f"{reverse('account_login')}?next={reverse('profile')}")
    press(page, BUTTON)
    at_gosuslugi(page, VERA.full_name)

    expect(page.get_by_role("main").get_by_text(EMAIL)).to_be_visible()
    page.get_by_role("link", name="Отвязать Госуслуги").click()
    look(page)
    press(page, "Отвязать")
    expect(page.get_by_text("больше не открывает кабинет")).to_be_visible()


def test_who_cancels_is_back_with_a_word(page):
    page.goto(reverse("account_login"))
    press(page, BUTTON)
    at_gosuslugi(page, "Не входить, вернуться назад")

    expect(page).to_have_url(re.compile(reverse("account_login")))
    expect(page.get_by_text("Вы не вошли через Госуслуги")).to_be_visible()
    look(page)


def test_who_is_known_by_a_contact_enters_once_and_is_linked(page):
    make_person(email=VERA.email, phone=None)
    page.goto(reverse("account_login"))
    press(page, BUTTON)
    at_gosuslugi(page, VERA.full_name)
    look(page)
    page.get_by_role("link", name="Войти и привязать").click()
    page.get_by_label("Телефон или почта").fill(VERA.email)
    page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    press(page, "Войти")
    look(page)
    press(page, "Привязать")

    expect(page.get_by_text("Готово: теперь в кабинет можно входить")).to_be_visible()
    assert User.objects.count() == 1
