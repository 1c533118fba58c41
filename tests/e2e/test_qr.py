"""Signing in by a QR code in two browsers at once: a computer waits, a phone lets it in (IDN-25, MOB-21)."""

from __future__ import annotations

import datetime as dt
import io

import pytest
import zxingcpp
from django.urls import reverse
from PIL import Image
from playwright.sync_api import expect

from kabinet.identity import operations
from kabinet.identity.models import SignedInSession
from tests.e2e.axe import assert_accessible, assert_no_overflow
from tests.web.entry import make_person


@pytest.fixture(autouse=True)
def _own_address(transactional_db, settings, live_server):
    # The picture holds a whole address: the one that the phone can reach.
    settings.SITE_URL = live_server.url
    # Between two tests the database is emptied of the texts that the first migration brought.
    operations.publish_initial_documents(at=dt.datetime.now(tz=dt.UTC))


@pytest.fixture
def phone(open_page, sign_in):
    page = open_page(width=390)
    sign_in(page, make_person())
    return page


def _press(page, button):
    page.get_by_role("button", name=button, exact=True).click()


def _look(page):
    assert_no_overflow(page)
    assert_accessible(page)


def _show_code(computer):
    computer.goto(reverse("account_login"))
    _press(computer, "Войти с телефона по QR-коду")
    expect(computer.get_by_role("img", name="QR-код для входа")).to_be_visible()


def _seen_by_a_camera(computer):
    """Give the address that is drawn on the screen."""
    picture = computer.get_by_role("img", name="QR-код для входа").screenshot()
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return found[0].text


def _ways_in():
    return sorted(SignedInSession.objects.values_list("way", flat=True))


def test_the_computer_goes_on_by_itself_once_the_phone_has_confirmed(open_page, phone):
    computer = open_page(width=1280)
    _show_code(computer)
    _look(computer)

    phone.goto(_seen_by_a_camera(computer))
    expect(phone.get_by_text("Это вы входите на другом устройстве?")).to_be_visible()
    _look(phone)
    assert "qr" not in _ways_in()
    _press(phone, "Да, войти там")

    expect(phone.get_by_text("Готово: кабинет открывается на том устройстве.")).to_be_visible()
    # Nobody touches the computer.
    expect(computer).to_have_url(reverse("home"))
    expect(computer.get_by_role("heading", level=1)).to_be_visible()
    assert _ways_in().count("qr") == 1


def test_what_the_phone_refuses_stays_outside_and_may_ask_again(open_page, phone):
    computer = open_page(width=1280)
    _show_code(computer)

    address = _seen_by_a_camera(computer)
    phone.goto(address)
    _press(phone, "Нет, это не я")

    expect(phone.get_by_text("Вход отклонён. Там никто не вошёл.")).to_be_visible()
    expect(
        computer.get_by_text("На телефоне ответили «нет». Здесь никто не вошёл.")
    ).to_be_visible()
    _look(computer)
    phone.goto(address)
    expect(phone.get_by_role("heading", name="Код не действует")).to_be_visible()
    _look(phone)
    assert "qr" not in _ways_in()

    _press(computer, "Показать QR-код")
    phone.goto(_seen_by_a_camera(computer))
    _press(phone, "Да, войти там")
    expect(computer).to_have_url(reverse("home"))


def test_without_scripts_the_computer_offers_a_button(open_page, phone):
    computer = open_page(width=1280, javascript=False)
    _show_code(computer)

    phone.goto(_seen_by_a_camera(computer))
    _press(phone, "Да, войти там")
    expect(phone.get_by_text("Готово: кабинет открывается на том устройстве.")).to_be_visible()
    # The page asks for itself anew every few seconds.
    expect(computer.get_by_text("Телефон подтвердил вход.")).to_be_visible(timeout=10_000)
    assert "qr" not in _ways_in()
    _press(computer, "Открыть кабинет")

    expect(computer).to_have_url(reverse("home"))
    assert _ways_in().count("qr") == 1
