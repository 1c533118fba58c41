"""Leaving for good, in a browser, with JavaScript and without (IDN-46–48)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from kabinet.identity import operations
from kabinet.identity.models import Deletion, PersonalArchive, User
from tests.e2e.axe import assert_accessible, assert_no_overflow
from tests.factories import AccountFactory
from tests.web.entry import EMAIL, PASSWORD, make_person


@pytest.fixture(autouse=True)
def _documents(transactional_db):
    operations.publish_initial_documents(at=dt.datetime.now(tz=dt.UTC))


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, True), (390, False)])
def test_a_person_asks_for_the_own_data_and_leaves(open_page, width, javascript):
    AccountFactory(holders=[make_person()])
    page = open_page(width=width, javascript=javascript)
    page.goto(reverse("account_login"))
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Войти", exact=True).click()
    page.goto(reverse("profile"))
    page.get_by_role("button", name="Собрать архив").click()
    expect(page.get_by_text("Архив собирается", exact=False)).to_be_visible()
    assert PersonalArchive.objects.count() == 1

    page.get_by_role("link", name="Удалить учётную запись").click()
    expect(page.get_by_text("Удаление нельзя отменить", exact=False)).to_be_visible()
    if javascript:
        assert_no_overflow(page)
        assert_accessible(page)
    page.get_by_role("link", name="Продолжить удаление").click()
    if javascript:
        assert_accessible(page)
    page.get_by_role("button", name="Удалить навсегда").click()

    expect(page.get_by_text("Учётная запись удалена", exact=False)).to_be_visible()
    assert (User.objects.count(), Deletion.objects.count()) == (0, 1)
    page.goto(reverse("profile"))
    assert reverse("account_login") in page.url
