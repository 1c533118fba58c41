"""What stands around every signed-in page: the switcher, the menu, the bar, the provider's contacts."""

from __future__ import annotations

import re

import pytest
from django.test import RequestFactory
from django.urls import resolve, reverse

from kabinet.kernel.actors import Actor
from kabinet.providers.enums import Feature
from kabinet.providers.presets import ALL_FEATURES
from kabinet.web.menu import Frame
from kabinet.web.portal import Portal, get_linked_accounts
from tests.factories import AccountFactory, AccountLinkFactory, ProviderFactory, UserFactory
from tests.factories.payments import CartItemFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory()


def frame_of(user, address="/", account=None):
    request = RequestFactory().get(address)
    request.resolver_match = resolve(address)
    actor = Actor.customer(user.pk)
    accounts = get_linked_accounts(actor=actor)
    opened = next((row for row in accounts if account and row.id == account.pk), None)
    request.portal = Portal(actor, accounts, opened or next(iter(accounts), None))
    return Frame(request)


def words(items):
    return [str(item.text) for item in items]


def account_url(name, account):
    return reverse(name, kwargs={"account_id": account.public_id})


def test_the_menu_leads_to_every_section_that_the_provider_offers(user):
    account = AccountFactory(holders=[user])

    frame = frame_of(user, account_url("bills", account))

    assert words(frame.menu) == [
        "Главная",
        "Счета и платежи",
        "Показания",
        "Статистика",
        "Данные абонента",
        "Договоры и акты",
        "Настройки счёта",
        "Куда обратиться",
        "Лицевые счета",
        "Мои платежи",
        "Мой профиль",
    ]
    assert [str(item.text) for item in frame.menu if item.is_here] == ["Счета и платежи"]
    assert not any(item.is_locked for item in frame.menu)


def test_a_section_that_is_switched_off_is_not_in_the_menu(user):
    kept = [Feature.BALANCE, Feature.METERS]
    AccountFactory(provider=ProviderFactory(policy__enabled_features=kept), holders=[user])

    assert words(frame_of(user).menu)[:3] == ["Главная", "Показания", "Настройки счёта"]


def test_a_section_is_entered_by_the_first_of_its_pages_that_opens(user):
    everything_but = [code for code in ALL_FEATURES if code != Feature.BILLS]
    provider = ProviderFactory(
        policy__enabled_features=everything_but, policy__limited_features=[Feature.PAYMENTS]
    )
    full = AccountFactory(provider=provider, holders=[user])
    limited = AccountFactory(provider=provider, limited=[user])

    ways = [frame_of(user, account=account).menu[1] for account in (full, limited)]

    assert [(way.url, way.is_locked) for way in ways] == [
        (account_url("charges", full), False),
        (account_url("payments", limited), False),
    ]


def test_a_section_beyond_the_limited_level_carries_a_lock(user):
    provider = ProviderFactory(policy__limited_features=[Feature.METERS])
    AccountFactory(provider=provider, limited=[user])

    locked = {str(item.text) for item in frame_of(user).menu if item.is_locked}

    assert locked == {
        "Счета и платежи",
        "Оплата",
        "Статистика",
        "Данные абонента",
        "Договоры и акты",
    }


def test_the_bar_of_a_phone_has_three_places_and_the_rest_is_under_more(user):
    account = AccountFactory(holders=[user])

    frame = frame_of(user, account_url("account-home", account))

    assert [str(item.short) for item in frame.bar] == ["Главная", "Счета", "Показания"]
    assert words(frame.rest) == words(frame.menu)[3:]
    assert frame.bar[0].is_here


def test_what_lies_in_the_cart_is_told_in_the_bar_in_words_too(user, client):
    account = AccountFactory(holders=[user])
    CartItemFactory(user=user, account=account)
    CartItemFactory(user=user, account=account, receipt="water")

    frame = frame_of(user, account_url("account-home", account))

    assert [str(item.short) for item in frame.bar] == ["Главная", "Счета", "Показания", "Корзина"]
    assert "Корзина" not in words(frame.rest)
    client.force_login(user)
    page = client.get(account_url("account-home", account)).content.decode()
    bar = page[page.index('<nav class="kb-bar"') :]
    assert (
        '<span>Корзина</span> <span class="kb-count num" aria-hidden="true">2</span>'
        '<span class="visually-hidden">: 2\u00a0строки</span>'
    ) in bar


def test_without_accounts_only_the_persons_own_places_are_shown(user):
    frame = frame_of(user)

    assert words(frame.menu) == ["Лицевые счета", "Мои платежи", "Мой профиль"]
    assert [str(item.short) for item in frame.bar] == ["Счета", "Платежи", "Профиль"]
    assert list(frame.rest) == []
    assert list(frame.switcher) == []
    assert frame.provider is None


def test_a_page_without_a_portal_has_a_frame_all_the_same():
    frame = Frame(RequestFactory().get("/"))

    assert frame.account is None
    assert list(frame.switcher) == []
    assert words(frame.menu) == ["Лицевые счета", "Мои платежи", "Мой профиль"]


def test_the_switcher_marks_the_open_account_and_leads_to_the_others(user):
    first, second = AccountFactory.create_batch(2, holders=[user])

    choices = frame_of(user, account=second).switcher

    assert [(choice.account.number, choice.url, choice.is_open) for choice in choices] == [
        (first.number, account_url("account-home", first), False),
        (second.number, account_url("account-home", second), True),
    ]


def test_every_address_in_the_frame_exists(client, user):
    account = AccountFactory(holders=[user])
    client.force_login(user)

    frame = frame_of(user, account=account)
    addresses = [item.url for item in frame.menu]
    addresses += [choice.url for choice in frame.switcher]
    addresses += [frame.home, frame.link_url, frame.list_url, frame.profile_url]

    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(
        addresses, 200
    )


def test_the_frame_is_drawn_and_the_names_in_it_are_escaped(client, user):
    provider = ProviderFactory(
        name="ООО «Газ» <b>", phone="+7 (495) 000-00-00", emergency_phone="104", hours="8–17"
    )
    link = AccountLinkFactory(
        user=user, alias="<script>x</script>", account=AccountFactory(provider=provider)
    )
    client.force_login(user)

    page = client.get(account_url("account-edit", link.account)).content.decode()

    assert "<script>x" not in page
    assert "ООО «Газ» &lt;b&gt;" in page
    assert 'href="tel:104"' in page
    assert f"Лицевой счёт {link.account.number}" in page
    assert re.search(r'<form method="post" action="/logout/">', page)


def test_the_frame_asks_the_database_nothing(client, user, django_assert_num_queries):
    accounts = AccountFactory.create_batch(3, holders=[user])
    client.force_login(user)

    with django_assert_num_queries(4):  # session, user, links; and the page's own offices
        client.get(account_url("service-centre", accounts[0]))


def test_the_menu_keeps_apart_the_months_business_the_account_and_the_person(user, client):
    account = AccountFactory(holders=[user])
    client.force_login(user)

    frame = frame_of(user, account_url("account-home", account))
    page = client.get(account_url("account-edit", account)).content.decode()

    groups = [item.group for item in frame.menu]
    assert groups == sorted(groups, key=lambda group: group.value)
    assert len(set(groups)) == 3
    assert page.split('class="kb-side"')[1].split("</nav>")[0].count("<hr>") == 2
    assert not page.split('class="kb-sheet-menu"')[1].lstrip(">").lstrip().startswith("<hr>")
