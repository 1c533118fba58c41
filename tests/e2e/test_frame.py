"""The frame of the portal in a browser: reachable by keyboard, by thumb, and without JavaScript."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.e2e.axe import assert_accessible, assert_no_overflow, assert_touchable
from tests.factories import AccountFactory, AccountLinkFactory, ProviderFactory, UserFactory


@pytest.fixture
def user(transactional_db):
    provider = ProviderFactory(
        name="ООО «Региональная энергосбытовая компания Северо-Западного округа»",
        phone="+7 (495) 000-00-00",
        emergency_phone="104",
    )
    user = UserFactory()
    first = AccountFactory(provider=provider, number="33016355", flat="48")
    AccountLinkFactory(user=user, account=first, alias="Дом на Лесной", is_primary=True)
    AccountFactory(number="40817810099910004312", limited=[user])
    return user


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_frame_is_accessible_and_fits(open_page, sign_in, user, theme):
    for width in (1280, 390, 320):
        page = open_page(width=width, theme=theme)
        sign_in(page, user)
        page.goto(reverse("account-list"))

        assert_no_overflow(page)
        assert_touchable(page)
        assert_accessible(page)


def test_another_account_is_chosen_by_keyboard(page_1280, sign_in, user):
    sign_in(page_1280, user)
    page_1280.goto(reverse("account-list"))
    page_1280.locator(".kb-account > summary").focus()
    page_1280.keyboard.press("Enter")
    assert_accessible(page_1280)
    page_1280.get_by_role("link", name="40817810099910004312").first.focus()
    page_1280.keyboard.press("Enter")

    expect(page_1280).to_have_url(re.compile("/a/[0-9a-f-]{36}/$"))
    expect(page_1280.locator(".kb-account > summary")).to_contain_text("40817810099910004312")


def test_a_phone_reaches_everything_through_more(page_390, sign_in, user):
    sign_in(page_390, user)
    page_390.goto(reverse("account-list"))
    page_390.get_by_text("Ещё", exact=True).click()
    assert_accessible(page_390)
    assert_no_overflow(page_390)
    page_390.locator(".kb-sheet").get_by_role("link", name="Мой профиль").first.click()

    expect(page_390).to_have_url(re.compile("/profile/$"))


@pytest.mark.parametrize("width", [1280, 390])
def test_signing_out_needs_no_javascript(open_page, sign_in, user, width):
    page = open_page(width=width, javascript=False)
    sign_in(page, user)
    page.goto(reverse("account-list"))
    page.locator(".kb-user > summary" if width > 767 else ".kb-more > summary").click()
    page.locator("form[action='/logout/'] button:visible").click()
    page.goto(reverse("account-list"))

    expect(page).to_have_url(re.compile("/login/"))
