"""A guest's whole way on both widths, with and without JavaScript, and past the proof of work after a block."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from kabinet.accounts import guests
from kabinet.kernel.models import AttemptLimit
from kabinet.metering.models import Reading
from kabinet.ui.captcha import patience
from tests.e2e.page_checks import look
from tests.web.guests import ADDRESS, INITIALS, account_b, account_d

pytestmark = pytest.mark.django_db(transaction=True)

# Hidden while it runs.
LATIN = frozenset({"JavaScript"})


def stored():
    return list(Reading.objects.filter(source="portal").values_list("value", "route"))


def fill_initials(page, **changed):
    """Until the next page stands."""
    filled = {**INITIALS, **changed}
    page.get_by_label("Номер лицевого счёта").fill(filled["number"])
    page.get_by_label("Первые буквы фамилии, имени и отчества").fill(filled["initials"])
    with page.expect_navigation():
        page.get_by_role("button", name="Найти").click()


def test_from_the_entry_page_to_a_reading_handed_over(page_each):
    account_b()
    page = page_each
    page.goto(reverse("account_login"))
    page.get_by_role("link", name="Передать показания без входа").click()
    assert look(page) == []

    fill_initials(page)
    # The script that counts the use comes with the page's end.
    page.get_by_label("Показание сейчас").wait_for()
    page.wait_for_load_state()
    page.get_by_label("Показание сейчас").fill("2041")
    page.locator("[data-use]").get_by_text("142").wait_for()
    assert look(page) == []

    page.get_by_role("button", name="Передать показания").click()
    page.get_by_text("Показания переданы поставщику.").wait_for()
    assert stored() == [(2041, "guest")]
    assert look(page) == []

    page.get_by_role("button", name="Закончить").click()
    page.get_by_role("heading", name="Вход в личный кабинет").wait_for()


def test_the_whole_way_works_without_javascript(open_page):
    account_d()
    page = open_page(width=390, javascript=False)
    page.goto(reverse("guest-readings"))
    page.get_by_label("Номер лицевого счёта").fill(ADDRESS["number"])
    page.get_by_label("Номер дома").fill(ADDRESS["house"])
    page.get_by_label("Номер квартиры").fill(ADDRESS["flat"])
    page.get_by_role("button", name="Найти").click()
    page.get_by_label("Показание сейчас").fill("2041")
    page.get_by_role("button", name="Передать показания").click()

    page.get_by_text("Показания переданы поставщику.").wait_for()
    assert stored() == [(2041, "guest")]


def test_two_ways_to_choose_from(page_each):
    account_b()
    account_d()
    page_each.goto(reverse("guest-readings"))
    assert look(page_each) == []

    page_each.get_by_role("link", name="Передать Центр «Дом»").click()
    page_each.get_by_label("Номер дома").wait_for()
    assert look(page_each) == []


def block_this_place():
    """Three wrong fillings, a moment ago; the block is then set back, as if it were served."""
    AttemptLimit.objects.update(blocked_until=timezone.now())


def test_three_wrong_fillings_then_work_for_the_browser(page_each):
    account_b()
    page = page_each
    page.goto(reverse("guest-readings-initials"))
    for _ in range(guests.IN_A_ROW.tries):
        fill_initials(page, initials="ЯЯЯ")
        page.get_by_role("alert").wait_for()
    expect(page.get_by_role("alert")).to_contain_text("снова можно через 15")
    expect(page.locator("[data-countdown]")).to_have_text(re.compile("^1[45]:"))
    page.get_by_text("Проверено").wait_for()
    assert look(page, latin=LATIN) == []

    block_this_place()
    fill_initials(page)
    page.get_by_label("Показание сейчас").wait_for()


def test_without_javascript_a_suspect_needs_patience_or_other_ways(open_page, monkeypatch):
    account_b()
    page = open_page(width=390, javascript=False)
    page.goto(reverse("guest-readings-initials"))
    for _ in range(guests.IN_A_ROW.tries):
        fill_initials(page, initials="ЯЯЯ")
    block_this_place()

    fill_initials(page)

    said = page.locator("main").inner_text()
    assert "Это было слишком быстро. Подождите десять секунд и отправьте ещё раз." in said
    assert "отправьте форму не раньше чем через десять секунд" in said
    assert page.get_by_role("link", name="8 800 000-25-02").is_visible()
    assert page.get_by_role("link", name="Войти в кабинет").is_visible()
    monkeypatch.setattr(patience, "WAIT", dt.timedelta(0))
    fill_initials(page)
    page.get_by_label("Показание сейчас").wait_for()
