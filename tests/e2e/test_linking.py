"""Linking in a browser: every first step, the request to staff, and the other holders, at phone and wide widths."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from kabinet.accounts.models import AccountLink, LinkRequest
from kabinet.providers.enums import Proof
from kabinet.providers.models import Branch
from tests.accounts.cases import SERIAL, account_a, account_b, account_c, account_d
from tests.e2e.page_checks import look, visit
from tests.factories import AccountLinkFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def directory():
    """Accounts of all four styles at named providers, the third one's with two branches."""
    accounts = {"A": account_a(), "B": account_b(), "C": account_c(), "D": account_d()}
    names = {
        "A": ("gaz", "ООО «Приозёрьегаз»", "Приозёрская область"),
        "B": ("teplo", "АО «Заречье-Теплогаз»", "Зареченский край"),
        "C": ("energo", "ПАО «Светогорьеэнерго»", "Светогорская область"),
        "D": ("dom", "Расчётный центр «Дом на Садовой»", "Приозёрская область"),
    }
    for style, (code, name, region) in names.items():
        provider = accounts[style].provider
        provider.code, provider.name, provider.region = code, name, region
        provider.phone = "8 800 000-14-01"
        provider.save()
    for code, name in (("north", "Северный филиал"), ("south", "Южный филиал")):
        Branch.objects.create(
            provider=accounts["C"].provider, code=code, name=name, region="г. Светогорск"
        )
    return accounts


@pytest.fixture
def page(open_page, sign_in):
    page = open_page(width=390)
    sign_in(page, UserFactory(surname="Абрамов", name="Борис"))
    return page


def assert_none(faults):
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults)


@pytest.mark.parametrize("first", ["provider", "region", "branch", "none"])
def test_the_first_step_and_the_list_by_hand_hold_every_rule(page, settings, directory, first):
    settings.LINK_FIRST_STEP = first
    start = reverse("account-link")

    assert_none(
        [
            *visit(page, start),
            *visit(page, f"{start}?q=нет+такого"),
            *visit(page, f"{start}?provider=nobody"),
            *visit(page, reverse("account-link-providers")),
        ]
    )


def test_from_the_region_to_full_access(page, settings, directory):
    settings.LINK_FIRST_STEP = "region"
    page.goto(reverse("account-link"))

    page.get_by_role("link", name="Выбрать Приозёрская область").click()
    faults = look(page)
    page.get_by_role("link", name="Выбрать Расчётный центр").click()
    page.get_by_label("Номер лицевого счёта").fill("1234567899")
    page.get_by_label("Номер дома").fill("10")
    page.get_by_label("Номер квартиры").fill("101")
    page.get_by_role("button", name="Продолжить").click()
    page.get_by_label("Фамилия собственника").fill("абрамов")
    page.get_by_role("button", name="Привязать счёт").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Готово: полный доступ открыт")
    assert_none([*faults, *look(page)])


def test_from_the_branch_to_a_request_and_back(page, settings, directory):
    settings.LINK_FIRST_STEP = "branch"
    page.goto(reverse("account-link"))
    page.get_by_role("link", name="Северный филиал").click()
    faults = look(page)
    page.get_by_label("Номер лицевого счёта").fill("12345678")
    page.get_by_label("Фамилия собственника").fill("абрамов")
    page.get_by_role("button", name="Продолжить").click()
    faults += look(page)
    page.get_by_role("link", name="Попросить поставщика").click()
    faults += look(page)
    page.get_by_label("Комментарий").fill("Живу здесь с 2019 года.")
    page.get_by_role("button", name="Отправить просьбу").click()

    expect(page.get_by_text("Просьба отправлена поставщику")).to_be_visible()
    faults += look(page)
    page.get_by_role("button", name="Отозвать").click()
    expect(page.get_by_text("Просьба отозвана")).to_be_visible()
    assert LinkRequest.objects.get().state == "withdrawn"
    assert_none(faults)


def test_staff_are_asked_for_full_access_without_javascript(open_page, sign_in):
    user = UserFactory()
    account = account_a(limited=[user], rules={"upgrade_proofs": [Proof.METER, Proof.MANUAL]})
    page = open_page(width=390, javascript=False)
    sign_in(page, user)
    page.goto(reverse("account-upgrade", args=[account.public_id]))
    page.get_by_role("link", name="Попросить поставщика").click()
    page.get_by_label("Ваше имя").fill("Абрамов Борис")
    page.get_by_role("button", name="Отправить просьбу").click()

    assert LinkRequest.objects.get().account == account


def test_the_other_holder_is_shut_out(open_page, sign_in):
    user, other = UserFactory(), UserFactory(email="anna@example.ru")
    account = account_b(holders=[user])
    AccountLinkFactory(account=account, user=other)
    page = open_page(width=390)
    sign_in(page, user)
    faults = visit(page, reverse("account-edit", args=[account.public_id]))
    page.get_by_role("link", name="Закрыть доступ a•••@example.ru").click()
    faults += look(page)
    page.get_by_label("Ваш ответ").fill("1")
    page.get_by_role("button", name="Закрыть доступ").click()
    expect(page.get_by_text("Осталось попыток: 4.")).to_be_visible()
    faults += look(page)
    page.get_by_label("Ваш ответ").fill(SERIAL)
    page.get_by_role("button", name="Закрыть доступ").click()

    expect(page.get_by_text("больше не видит этот счёт")).to_be_visible()
    assert AccountLink.objects.get(ended_at=None).user == user
    assert_none([*faults, *look(page)])
