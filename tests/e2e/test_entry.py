"""The way in, in a browser: sign-up by e-mail and by phone, recovery, with JavaScript and without."""

from __future__ import annotations

import datetime as dt
import re
import time

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from kabinet.identity import operations
from kabinet.identity.models import User
from tests.e2e.axe import assert_accessible, assert_no_overflow
from tests.identity.mail import last_code, texts
from tests.web.entry import EMAIL, PASSWORD, PHONE, make_person

NEW = "жёлтый лист летит"


@pytest.fixture(autouse=True)
def _open_for_sign_up(transactional_db, settings):
    settings.SMS_CONNECTOR = "mailbox"
    # Between two tests the database is emptied of the texts that the first migration brought.
    operations.publish_initial_documents(at=dt.datetime.now(tz=dt.UTC))


@pytest.fixture(params=[(1280, True), (1280, False), (390, True), (390, False)], ids=str)
def page(request, open_page):
    width, javascript = request.param
    page = open_page(width=width, javascript=javascript)
    page.has_javascript = javascript
    return page


def _press(page, button):
    page.get_by_role("button", name=button, exact=True).click()


def _look(page):
    # axe runs in the page and would wait for ever where scripts do not.
    if page.has_javascript:
        _look_at(page)


def _look_at(page):
    assert_no_overflow(page)
    assert_accessible(page)


@pytest.mark.parametrize("contact", [EMAIL, PHONE])
def test_sign_up_from_the_entry_page_to_the_own_cabinet(page, contact):
    page.goto(reverse("account_login"))
    page.get_by_role("link", name="Зарегистрироваться").click()
    page.get_by_label("Телефон или почта").fill(contact)
    page.get_by_label("Имя").fill("Мария")
    page.get_by_label("Придумайте пароль").fill(PASSWORD)
    _look(page)
    _press(page, "Получить код")
    assert User.objects.count() == 0

    for tick in page.get_by_role("checkbox").all():
        tick.check()
    if not page.get_by_label("Придумайте пароль").input_value():
        page.get_by_label("Придумайте пароль").fill(PASSWORD)
    _press(page, "Получить код")

    page.get_by_label("Шесть цифр").fill(last_code(contact))
    _look(page)
    _press(page, "Подтвердить")
    expect(page).to_have_url(re.compile(reverse("onboarding")))
    assert User.objects.get().name == "Мария"


@pytest.mark.parametrize("contact", [EMAIL, PHONE])
def test_a_forgotten_password_is_replaced(page, contact):
    make_person()
    page.goto(reverse("account_login"))
    page.get_by_role("link", name="Забыли пароль?").click()
    page.get_by_label("Телефон или почта").fill(contact)
    _look(page)
    _press(page, "Получить код")
    page.get_by_label("Шесть цифр").fill("000000")
    _press(page, "Продолжить")
    expect(page.get_by_text("Код не подошёл. Осталось попыток: 4.")).to_be_visible()
    _look(page)

    page.get_by_label("Шесть цифр").fill(last_code(contact))
    _press(page, "Продолжить")
    page.get_by_label("Новый пароль", exact=True).fill(NEW)
    page.get_by_label("Новый пароль ещё раз").fill(NEW)
    _look(page)
    _press(page, "Сохранить и войти")

    expect(page.get_by_text("Новый пароль сохранён.")).to_be_visible()
    assert User.objects.get().check_password(NEW)


@pytest.mark.parametrize("contact", [EMAIL, PHONE])
def test_a_code_lets_its_owner_in_without_a_password(page, contact):
    make_person()
    page.goto(reverse("account_login"))
    page.get_by_role("link", name="Получить код для входа").click()
    page.get_by_label("Телефон или почта").fill(contact)
    _look(page)
    _press(page, "Получить код")
    page.get_by_label("Шесть цифр").fill(last_code(contact))
    _look(page)
    _press(page, "Войти")

    expect(page).to_have_url(re.compile(f"{reverse('home')}$"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _clock(page):
    return page.locator("[data-countdown]").first


def _seconds(page):
    minutes, seconds = _clock(page).inner_text().split(":")
    return int(minutes) * 60 + int(seconds)


@pytest.mark.parametrize("javascript", [True, False])
def test_the_time_left_is_right_after_a_reload_and_ticks_with_javascript(open_page, javascript):
    make_person()
    page = open_page(width=390, javascript=javascript)
    page.goto(reverse("account_reset_password"))
    page.get_by_label("Телефон или почта").fill(EMAIL)
    started = time.monotonic()
    _press(page, "Получить код")
    first, shown = _seconds(page), _clock(page).inner_text()
    assert 299 - (time.monotonic() - started) <= first <= 300

    page.wait_for_timeout(2100)
    if javascript:
        expect(_clock(page)).not_to_have_text(shown)
    else:
        expect(_clock(page)).to_have_text(shown)

    page.reload()
    assert 299 - (time.monotonic() - started) <= _seconds(page) <= first - 2


def test_a_clock_that_runs_out_says_in_words_that_the_code_is_dead(open_page):
    make_person()
    page = open_page(width=390)
    page.clock.install()
    page.goto(reverse("account_reset_password"))
    page.get_by_label("Телефон или почта").fill(EMAIL)
    _press(page, "Получить код")
    expect(page.get_by_text("Код действует ещё")).to_be_visible()

    page.clock.fast_forward("05:01")

    expect(page.get_by_role("timer")).to_have_text("Этот код больше не действует. Запросите новый.")
    _look_at(page)


def test_a_letters_link_finishes_sign_up_in_another_browser(page, settings, open_page):
    settings.SIGN_UP_PROOF, settings.CONSENT_MODE = "link", "button"
    page.goto(reverse("account_signup"))
    page.get_by_label("Телефон или почта").fill(EMAIL)
    page.get_by_label("Придумайте пароль").fill(PASSWORD)
    _look(page)
    _press(page, "Зарегистрироваться")
    _look(page)

    other = open_page(width=390, javascript=False)
    other.goto(re.search(r"/signup/link/\S+/", texts(EMAIL)[-1])[0])
    assert User.objects.count() == 0
    other.get_by_label("Ваш пароль").fill(PASSWORD)
    _press(other, "Завершить регистрацию")
    expect(other).to_have_url(re.compile(reverse("onboarding")))
    _press(other, "Хорошо")
    _press(other, "Привязать лицевой счёт")
    expect(other).to_have_url(re.compile(reverse("account-link")))


def test_a_dead_code_leaves_one_thing_to_do(page):
    make_person()
    page.goto(reverse("account_reset_password"))
    page.get_by_label("Телефон или почта").fill(EMAIL)
    _press(page, "Получить код")
    for _each in range(5):
        page.get_by_label("Шесть цифр").fill("000000")
        _press(page, "Продолжить")

    expect(page.get_by_text("этот код больше не действует. Запросите новый.")).to_be_visible()
    expect(page.get_by_label("Шесть цифр")).to_have_count(0)
    expect(page.locator("main .btn-primary")).to_have_text(["Отправить новый код"])
    _look(page)
    page.reload()
    expect(page.locator("main .btn-primary")).to_have_text(["Отправить новый код"])


def test_a_wide_screen_has_all_ways_in_beside_the_form(open_page):
    page = open_page(width=1280)
    page.goto(reverse("account_login"))
    form = page.get_by_role("heading", name="Вход в личный кабинет").bounding_box()
    others = page.get_by_role("heading", name="Войти иначе").bounding_box()

    assert others["x"] > form["x"] + form["width"]
    last = page.locator(".kb-others .btn:visible").last.bounding_box()
    assert last["y"] + last["height"] < page.viewport_size["height"]
    assert_accessible(page)


def test_a_phone_starts_with_the_form(open_page):
    page = open_page(width=390)
    page.goto(reverse("account_login"))
    form = page.get_by_role("button", name="Войти", exact=True).bounding_box()
    others = page.get_by_role("heading", name="Войти иначе").bounding_box()

    assert others["y"] > form["y"]
    expect(page.get_by_label("Телефон или почта")).to_be_focused()


def test_what_was_wrong_with_a_password_goes_away_while_another_is_typed(open_page, settings):
    settings.CAPTCHA = "off"
    page = open_page(width=390)
    page.goto(reverse("account_signup"))
    page.get_by_label("Телефон или почта").fill(EMAIL)
    page.get_by_label("Придумайте пароль").fill("12345")
    for tick in page.get_by_role("checkbox").all():
        tick.check()
    _press(page, "Получить код")
    told = page.get_by_text("Пароль короче 10 знаков")
    expect(told).to_be_visible()
    _look_at(page)

    page.get_by_label("Придумайте пароль").fill(PASSWORD)

    expect(told).to_be_hidden()
    expect(page.get_by_text("Хороший пароль")).to_be_visible()
    _look_at(page)
