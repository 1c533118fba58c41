"""A messenger is linked and brings a code: the cabinet in one page, the person's telephone in another (IDN-28)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from kabinet.channels import operations as channels
from kabinet.channels.models import Delivery
from kabinet.identity import operations
from kabinet.identity.models import LinkedMessenger
from sandbox.messengers.books import Hook
from sandbox.messengers.server import Sandbox
from tests.e2e.axe import assert_accessible, assert_no_overflow
from tests.identity.messengers.bots import BOTS, SECRETS, point
from tests.web.entry import EMAIL, PASSWORD, make_person


@pytest.fixture
def sandbox(live_server, settings, transactional_db):
    settings.SMS_CONNECTOR = "mailbox"
    settings.CAPTCHA = "off"
    operations.publish_initial_documents(at=dt.datetime.now(tz=dt.UTC))
    make_person()
    with Sandbox(BOTS) as sandbox:
        point(settings, sandbox.url)
        for name, secret in SECRETS.items():
            url = live_server.url + reverse("messenger-news", args=[name])
            sandbox.books.hooks[name] = Hook(url, secret)
        yield sandbox


@pytest.fixture(params=[(1280, True), (390, True), (390, False)], ids=str)
def page(request, open_page):
    width, javascript = request.param
    page = open_page(width=width, javascript=javascript)
    page.has_javascript = javascript
    return page


@pytest.fixture
def telephone(browser):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def press(page, button):
    page.get_by_role("button", name=button, exact=True).click()


def look(page, heading):
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    if page.has_javascript:
        assert_no_overflow(page)
        assert_accessible(page)


def let_leave():
    """What the worker does."""
    queued = Delivery.objects.filter(channel__in=SECRETS, status="queued").order_by("pk")
    for key in queued.values_list("pk", flat=True):
        channels.deliver(delivery_id=key, at=timezone.now())


def sign_in(page):
    page.goto(reverse("account_login"))
    page.get_by_label("Телефон или почта").fill(EMAIL)
    page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    press(page, "Войти")


def last_digits(telephone):
    telephone.reload()
    words = telephone.locator("article.bot").last.inner_text()
    return next(word.strip(".") for word in words.split() if word.strip(".").isdigit())


@pytest.mark.parametrize(("name", "label"), [("telegram", "Telegram"), ("max", "MAX")])
def test_a_messenger_is_linked_and_brings_the_code_to_sign_in(
    page, telephone, sandbox, name, label
):
    sign_in(page)
    page.goto(reverse("profile"))
    page.get_by_role("link", name=f"Привязать {label}").click()
    look(page, f"Получать коды в {label}")
    press(page, f"Привязать {label}")
    look(page, f"Получать коды в {label}")

    telephone.goto(page.get_by_role("link", name=f"Открыть {label}").get_attribute("href"))
    telephone.get_by_role("button", name="Ксения").click()
    let_leave()
    if not page.has_javascript:
        press(page, "Проверить")
    expect(page.get_by_text("Ксения Озёрная @ksenia_oz")).to_be_visible()
    look(page, f"Получать коды в {label}")
    page.get_by_label("Число от бота").fill(last_digits(telephone))
    press(page, "Привязать")
    look(page, "Мой профиль")
    expect(page.get_by_role("link", name=f"Отвязать {label}")).to_be_visible()

    page.get_by_role("button", name="Выйти", exact=True).first.click()
    page.goto(reverse("account_request_login_code"))
    look(page, "Вход по коду")
    page.get_by_label("Телефон или почта").fill(EMAIL)
    page.get_by_role("radio", name=f"В {label}").check()
    press(page, "Получить код")
    look(page, "Введите код")
    let_leave()
    page.get_by_label("Шесть цифр").fill(last_digits(telephone))
    press(page, "Войти")
    look(page, "Добавьте лицевой счёт")
    page.goto(reverse("profile"))
    look(page, "Мой профиль")


def test_who_has_linked_takes_it_away_again(page, telephone, sandbox):
    LinkedMessenger.objects.create(
        user_id=make_person(email="anna@example.ru", phone=None).pk,
        messenger="telegram",
        account="5001",
        called="Ксения",
        linked_at=timezone.now(),
    )
    page.goto(reverse("account_login"))
    page.get_by_label("Телефон или почта").fill("anna@example.ru")
    page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    press(page, "Войти")
    page.goto(reverse("profile"))
    page.get_by_role("link", name="Отвязать Telegram").click()
    look(page, "Отвязать Telegram?")
    press(page, "Отвязать")
    look(page, "Мой профиль")

    expect(page.get_by_role("link", name="Привязать Telegram")).to_be_visible()
    assert not LinkedMessenger.objects.exists()
