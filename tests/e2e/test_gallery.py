"""Every component, in both themes and at three widths, with and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import assert_accessible, assert_no_overflow, assert_touchable


@pytest.fixture(autouse=True)
def _demo(settings):
    settings.DEMO = True


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_gallery_is_accessible_and_fits(open_page, width, theme):
    page = open_page(width=width, theme=theme)
    page.goto("/ui/gallery/")

    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    assert_no_overflow(page)
    assert_touchable(page)
    assert_accessible(page)


def test_large_type_fits_a_phone(open_page):
    page = open_page(width=390)
    page.goto("/ui/gallery/")
    page.get_by_text("Ещё", exact=True).click()
    page.get_by_role("button", name="Крупный шрифт").click()

    expect(page.locator("html")).to_have_class(re.compile("kb-large"))
    assert_no_overflow(page)
    page.reload()
    expect(page.locator("html")).to_have_class(re.compile("kb-large"))
    assert_accessible(page)


def test_the_theme_can_be_chosen_without_javascript(open_page):
    page = open_page(javascript=False)
    page.goto("/ui/gallery/")
    page.get_by_text("Профиль", exact=True).click()
    page.get_by_role("button", name="Тёмная").click()

    expect(page).to_have_url(re.compile("/ui/gallery/$"))
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_without_javascript_the_system_theme_still_paints_the_page(open_page):
    page = open_page(theme="dark", javascript=False)
    page.goto("/ui/gallery/")

    expect(page.locator("body")).to_have_css("background-color", "rgb(20, 24, 27)")


def test_choosing_a_theme_keeps_what_is_typed(open_page):
    page = open_page()
    page.goto("/ui/gallery/")
    page.locator("#new_comment").fill("Набрано до смены темы")
    page.get_by_text("Профиль", exact=True).click()
    page.get_by_role("button", name="Тёмная").click()

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("#new_comment")).to_have_value("Набрано до смены темы")


def test_a_question_is_asked_in_a_dialog_and_can_be_declined(open_page):
    page = open_page()
    page.goto("/ui/gallery/")
    page.get_by_role("link", name="Отвязать счёт").click()

    expect(page.get_by_role("dialog", name="Отвязать счёт 33016355?")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Не надо").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_form_is_sent_once_however_often_its_button_is_pressed(open_page):
    page = open_page()
    sent = []
    page.route("**/ui/gallery/", lambda route: _hold(route, sent))
    page.goto("/ui/gallery/")
    button = page.locator("#forms button[type=submit]")
    button.click()
    expect(button).to_have_text("Отправляем…")
    expect(button).to_have_attribute("aria-disabled", "true")
    button.dispatch_event("click")
    button.dispatch_event("click")

    assert sent == ["POST"]


def _hold(route, sent):
    if route.request.method == "POST":
        sent.append(route.request.method)
        route.fulfill(
            status=204
        )  # "nothing new to show": the page stays, as while the network is slow
    else:
        route.continue_()


def test_leaving_a_half_filled_form_asks_first(open_page):
    page = open_page()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/ui/gallery/")
    page.locator("#new_comment").click()
    page.keyboard.type("Набрано и не отправлено")
    page.get_by_role("link", name="Кабинет", exact=True).click()
    page.wait_for_function("!document.querySelector('[data-touched]')")

    assert asked == ["beforeunload"]


def test_the_cost_follows_the_digits(open_page):
    page = open_page()
    page.goto("/ui/gallery/")
    page.locator("#digits").fill("02041")

    expect(page.locator("#cost")).to_contain_text(
        re.compile(r"Расход 142 м³, примерно 1\s011,04\s₽")
    )


def test_a_popup_closes_by_escape_and_gives_the_focus_back(open_page):
    page = open_page()
    page.goto("/ui/gallery/")
    page.locator(".kb-account > summary").click()
    expect(page.locator(".kb-account .kb-popup")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator(".kb-account .kb-popup")).to_be_hidden()
    expect(page.locator(".kb-account > summary")).to_be_focused()


def test_the_first_tab_leads_past_the_menu(open_page):
    page = open_page()
    page.goto("/no/such/page/")
    page.keyboard.press("Tab")
    expect(page.locator(".kb-skip")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()
