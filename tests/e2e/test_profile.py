"""The profile's small pages in a browser: both widths, with scripts and without (IDN-15, 39–46)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from playwright.sync_api import expect

from kabinet.identity import operations
from kabinet.identity.models import User
from tests.e2e.axe import assert_accessible, assert_no_overflow
from tests.identity.mail import last_code, texts
from tests.web.entry import EMAIL, PASSWORD, PHONE, make_person

NEW = "new@example.ru"


@pytest.fixture(autouse=True)
def person(live_server, settings, transactional_db):
    settings.SMS_CONNECTOR = "mailbox"
    settings.CAPTCHA = "off"
    operations.publish_initial_documents(at=dt.datetime.now(tz=dt.UTC))
    return make_person()


@pytest.fixture(params=[(1280, True), (390, False)], ids=str)
def page(request, open_page):
    width, javascript = request.param
    page = open_page(width=width, javascript=javascript)
    page.has_javascript = javascript
    return page


def sign_in(page, login=EMAIL):
    page.goto(reverse("account_login"))
    page.get_by_label("Телефон или почта").fill(login)
    page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Войти", exact=True).click()


def press(page, button):
    page.get_by_role("button", name=button, exact=True).click()


def look(page, heading):
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    if page.has_javascript:
        assert_no_overflow(page)
        assert_accessible(page)


def test_name_contacts_and_hints_change_on_pages_of_their_own(page):
    sign_in(page)
    page.goto(reverse("profile"))
    look(page, "Мой профиль")

    page.get_by_role("link", name="Указать имя").click()
    look(page, "Как вас зовут")
    page.get_by_label("Имя").fill("Иван")
    page.get_by_label("Отчество").fill("Иван0вич")
    press(page, "Сохранить")
    look(page, "Как вас зовут")
    page.get_by_label("Отчество").fill("Иванович")
    press(page, "Сохранить")
    expect(page.get_by_text("Иван Иванович").first).to_be_attached()

    page.get_by_role("link", name="Изменить почту").click()
    look(page, "Изменить почту")
    page.get_by_label("Новый адрес почты").fill(NEW)
    press(page, "Получить код")
    look(page, "Введите код из письма")
    page.get_by_label("Шесть цифр").fill(last_code(NEW))
    press(page, "Подтвердить")
    expect(page.get_by_text("Почта подтверждена и сохранена.")).to_be_visible()

    page.get_by_role("link", name="Убрать телефон").click()
    look(page, "Убрать телефон из кабинета?")
    press(page, "Убрать")
    expect(page.get_by_text("Лучше указать оба.")).to_be_visible()

    press(page, "Не показывать подсказки")
    expect(page.get_by_role("button", name="Показывать подсказки", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_text("Лучше указать оба.")).to_have_count(0)
    look(page, "Мой профиль")

    user = User.objects.get()
    assert (user.name, user.patronymic, user.email) == ("Иван", "Иванович", NEW)
    assert (user.phone, user.shows_hints) == (None, False)


def test_an_unproved_address_is_proved_after_signing_in_or_put_off(page):
    EmailAddress.objects.update(verified=False)
    sign_in(page, PHONE)
    look(page, "Подтвердите почту")
    page.get_by_role("link", name="Позже").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Подтвердите почту")

    page.goto(reverse("profile"))
    press(page, "Подтвердить почту")
    look(page, "Введите код из письма")
    page.get_by_label("Шесть цифр").fill(last_code(EMAIL))
    press(page, "Подтвердить")

    expect(page.get_by_text("Почта подтверждена и сохранена.")).to_be_visible()
    assert EmailAddress.objects.get().verified


def test_hints_that_could_not_be_saved_stay_as_they_were(browser, live_server):
    # A context of its own: the lost connection is a fault in its console, here on purpose.
    context = browser.new_context(base_url=live_server.url, locale="ru-RU")
    page = context.new_page()
    sign_in(page)
    page.goto(reverse("profile"))
    page.route("**/profile/hints/", lambda route: route.abort())

    press(page, "Не показывать подсказки")

    expect(page.get_by_text("Не сохранилось: нет связи.")).to_be_visible()
    expect(page.get_by_role("button", name="Не показывать подсказки")).to_be_visible()
    assert User.objects.get().shows_hints is True
    context.close()


def test_a_letters_link_changes_the_address_on_another_device(page, settings, open_page):
    settings.SIGN_UP_PROOF = "link"
    sign_in(page)
    page.goto(reverse("contact-change", args=["email"]))
    page.get_by_label("Новый адрес почты").fill(NEW)
    press(page, "Отправить письмо")
    look(page, "Откройте письмо")

    other = open_page(width=390)
    other.has_javascript = True
    link = re.search(r"/profile/contacts/link/\S+/", texts(NEW)[-1])[0]
    other.goto(link)
    other.get_by_label("Телефон или почта").fill(EMAIL)
    other.get_by_label("Пароль", exact=True).fill(PASSWORD)
    press(other, "Войти")
    look(other, "Подтвердите почту")
    assert User.objects.get().email == EMAIL
    press(other, "Подтвердить почту")
    expect(other.get_by_text("Почта подтверждена и сохранена.")).to_be_visible()
    assert User.objects.get().email == NEW

    other.goto(link)
    look(other, "Ссылка уже сработала")
    page.reload()
    look(page, "Мой профиль")
