"""Coming in by the device's own lock, and the second step, as people do it in a browser (IDN-29, MOB-06)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from kabinet.identity import operations
from tests.e2e.axe import assert_accessible, assert_no_overflow
from tests.web.entry import EMAIL, PASSWORD, make_person
from tests.web.keys import app_code

WIDTHS = [1280, 390]


@pytest.fixture(autouse=True)
def _site(transactional_db, settings, live_server):
    # Keys are bound to this origin.
    settings.SITE_URL, settings.SMS_CONNECTOR = live_server.url, "mailbox"
    operations.publish_initial_documents(at=dt.datetime.now(tz=dt.UTC))


def _give_lock(page):
    """Let the device have a lock with a finger on it, as Chromium plays one."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    lock = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = tools.send("WebAuthn.addVirtualAuthenticator", {"options": lock})
    return tools, made["authenticatorId"]


def _press(page, button):
    page.get_by_role("button", name=button, exact=True).click()


def _follow(page, link, name):
    page.get_by_role("link", name=link, exact=True).click()
    page.wait_for_url(f"**{reverse(name)}")


def _look(page):
    assert_no_overflow(page)
    assert_accessible(page)


def _sign_in(page):
    page.goto(reverse("account_login"))
    page.get_by_label("Телефон или почта").fill(EMAIL)
    page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    _press(page, "Войти")


def _sign_out(page):
    page.goto(reverse("account_logout"))
    page.locator("main").get_by_role("button", name="Выйти").click()
    page.wait_for_url(f"**{reverse('account_login')}")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_passkey_is_offered_added_and_signs_in(open_page, width):
    make_person()
    page = open_page(width=width)
    tools, lock = _give_lock(page)
    _sign_in(page)
    page.goto(reverse("home"))
    expect(page.get_by_role("heading", name="Входить без пароля?")).to_be_visible()
    _look(page)

    _follow(page, "Настроить", "mfa_add_webauthn")
    _look(page)
    _press(page, "Настроить на этом устройстве")
    expect(page.get_by_text("Готово: теперь можно входить по отпечатку")).to_be_visible()
    _look(page)
    page.goto(reverse("home"))
    expect(page.get_by_role("heading", name="Входить без пароля?")).to_have_count(0)

    _sign_out(page)
    _look(page)
    _press(page, "Войти по отпечатку или лицу")
    expect(page).not_to_have_url(re.compile("/login/"))
    page.goto(reverse("devices"))
    expect(page.get_by_text("Вход по отпечатку, лицу или ключу").first).to_be_visible()

    _sign_out(page)
    tools.send("WebAuthn.setUserVerified", {"authenticatorId": lock, "isUserVerified": False})
    _press(page, "Войти по отпечатку или лицу")
    expect(page.get_by_text("Не получилось. Попробуйте ещё раз")).to_be_visible()
    expect(page).to_have_url(re.compile("/login/"))


def test_a_passkey_answers_who_is_there(open_page):
    make_person()
    page = open_page(width=390)
    _give_lock(page)
    _sign_in(page)
    page.goto(reverse("mfa_add_webauthn"))
    _press(page, "Настроить на этом устройстве")
    expect(page.get_by_text("Готово: теперь можно входить")).to_be_visible()
    page.goto(f"{reverse('account_reauthenticate')}?next={reverse('mfa_index')}")
    _look(page)

    _press(page, "Подтвердить отпечатком, лицом или ПИН-кодом")

    expect(page).to_have_url(re.compile(reverse("mfa_index")))


def test_no_thanks_is_for_good(open_page):
    make_person()
    page = open_page(width=390)
    _give_lock(page)
    _sign_in(page)
    page.goto(reverse("home"))

    _press(page, "Не нужно")

    expect(page.get_by_role("heading", name="Входить без пароля?")).to_have_count(0)
    _sign_out(page)
    _sign_in(page)
    page.goto(reverse("home"))
    expect(page.get_by_role("heading", name="Входить без пароля?")).to_have_count(0)


def test_without_scripts_there_are_the_other_ways(open_page):
    make_person()
    page = open_page(width=390, javascript=False)
    page.goto(reverse("account_login"))
    expect(page.get_by_role("button", name="Войти по отпечатку или лицу")).to_have_count(0)

    _sign_in(page)
    page.goto(reverse("mfa_add_webauthn"))
    expect(page.get_by_text("Этот браузер так не умеет.")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_second_step_from_setting_up_to_a_spare_code(open_page, width):
    make_person()
    page = open_page(width=width)
    _sign_in(page)
    page.goto(reverse("profile"))
    _follow(page, "Настроить вход", "mfa_index")
    _look(page)
    _follow(page, "Включить второй шаг", "mfa_activate_totp")
    _look(page)
    secret = page.locator("b.kb-target").inner_text().replace(" ", "")
    page.get_by_label("Шесть цифр из приложения").fill(app_code(secret))
    _press(page, "Включить второй шаг")

    expect(page.locator(".kb-spare-codes li")).to_have_count(10)
    spare = page.locator(".kb-spare-codes li").all_inner_texts()
    _look(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Скачать").click()
    assert spare[0] in download.value.path().read_text()
    _press(page, "Коды сохранены")
    expect(page.get_by_text("Осталось: 10.")).to_be_visible()
    _look(page)

    _sign_out(page)
    _sign_in(page)
    expect(page.get_by_role("heading", name="Ещё один шаг")).to_be_visible()
    page.get_by_label("Код из приложения или запасной код").fill("000000")
    _press(page, "Войти")
    expect(page.get_by_text("Код не подошёл. Осталось попыток: 4.")).to_be_visible()
    _look(page)
    page.get_by_label("Код из приложения или запасной код").fill(app_code(secret, later=1))
    _press(page, "Войти")
    expect(page).not_to_have_url(re.compile("/login/"))

    for outcome in ["Этот запасной код больше не подойдёт. Осталось: 9.", "Код не подошёл."]:
        _sign_out(page)
        _sign_in(page)
        page.get_by_label("Код из приложения или запасной код").fill(spare[0])
        _press(page, "Войти")
        expect(page.get_by_text(outcome)).to_be_visible()
