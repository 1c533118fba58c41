from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.accounts.models import AccountFact, Appliance, Benefit
from kabinet.accounts.queries import (
    AccountNotFound,
    ApplianceRow,
    BenefitRow,
    can_link_more,
    full_at,
    get_linked_accounts,
    get_subscriber_card,
    short_address,
)
from tests.accounts.cases import AT, person
from tests.factories import NOON, AccountFactory, AccountLinkFactory, ProviderFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize("count", [1, 3])
def test_linked_accounts_cost_one_query(count, django_assert_num_queries):
    user, actor = person()
    AccountFactory.create_batch(count, holders=[user])

    with django_assert_num_queries(1):
        rows = get_linked_accounts(actor=actor)

    assert len(rows) == count


def test_the_primary_comes_first_then_the_oldest_links():
    user, actor = person()
    days = [3, 1, 2]
    links = {
        day: AccountLinkFactory(
            user=user, linked_at=AT + dt.timedelta(days=day), is_primary=day == 2
        )
        for day in days
    }

    rows = get_linked_accounts(actor=actor)

    assert [row.number for row in rows] == [links[day].account.number for day in (2, 1, 3)]


def test_closed_and_withdrawn_accounts_say_so():
    user, actor = person()
    AccountFactory(holders=[user])
    AccountFactory(holders=[user], closed_on=TODAY)
    AccountFactory(holders=[user], missing_since=AT)

    assert [row.is_closed for row in get_linked_accounts(actor=actor)] == [False, True, True]


def test_a_day_is_the_providers_own():
    user, actor = person()
    AccountFactory(provider=ProviderFactory(timezone="Asia/Vladivostok"), holders=[user])

    late = dt.datetime(2026, 11, 21, 15, 0, tzinfo=dt.UTC)
    assert get_linked_accounts(actor=actor)[0].local_date(late) == dt.date(2026, 11, 22)


def test_room_for_more(settings):
    settings.LINK_MAX_ACCOUNTS = 3
    user, actor = person()
    provider = ProviderFactory(policy__max_accounts=2)
    AccountFactory.create_batch(2, provider=provider, holders=[user])
    accounts = get_linked_accounts(actor=actor)

    assert can_link_more(accounts) is True
    assert full_at(accounts) == {provider.code}
    AccountFactory(holders=[user])
    assert can_link_more(get_linked_accounts(actor=actor)) is False


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        ({}, "Озёрск, ул. Лесная, д. 12"),
        ({"building": "1", "flat": "5"}, "Озёрск, ул. Лесная, д. 12, корп. 1, кв. 5"),
        ({"city": "", "street": "", "house": ""}, ""),
    ],
)
def test_an_address_leaves_out_what_is_not_known(parts, written):
    assert short_address(AccountFactory.build(provider=None, **parts)) == written


class TestSubscriberCard:
    def card(self, actor, account):
        return get_subscriber_card(actor=actor, account_id=account.pk, today=TODAY)

    def test_it_tells_what_the_provider_knows(self, django_assert_num_queries):
        user, actor = person()
        account = AccountFactory(holders=[user], area_total=Decimal("135.10"), residents=0)
        AccountFact.objects.create(
            account=account, name="Отдельная квартира", value="Да", position=2
        )
        AccountFact.objects.create(account=account, name="Газовая плита", value="Да", position=1)
        Appliance.objects.create(account=account, kind="котёл", serial="K-77", state="исправен")
        Appliance.objects.create(account=account, kind="плита", name="Гефест 1500")

        with django_assert_num_queries(1):
            card = self.card(actor, account)

        assert (card.holder, card.address) == (
            "Абрамов Борис Васильевич",
            "Озёрск, ул. Лесная, д. 12",
        )
        assert (card.area_total, card.residents, card.owners) == (Decimal("135.10"), 0, None)
        assert card.facts == [("Газовая плита", "Да"), ("Отдельная квартира", "Да")]
        assert card.appliances == [
            ApplianceRow("котёл", "котёл", "K-77", None, "исправен"),
            ApplianceRow("Гефест 1500", "плита", "", None, ""),
        ]
        assert card.as_of == NOON

    def test_only_benefits_in_force_are_shown(self):
        user, actor = person()
        account = AccountFactory(holders=[user])
        for name, since, until in [
            ("Ветеран труда", dt.date(2020, 1, 1), None),
            ("Последний день", None, TODAY),
            ("Прошла", None, TODAY - dt.timedelta(days=1)),
            ("Будет", TODAY + dt.timedelta(days=1), None),
        ]:
            Benefit.objects.create(account=account, name=name, valid_from=since, valid_to=until)

        assert self.card(actor, account).benefits == [
            BenefitRow("Ветеран труда", dt.date(2020, 1, 1), None),
            BenefitRow("Последний день", None, TODAY),
        ]

    def test_others_and_limited_links_do_not_get_it(self):
        user, actor = person()
        account = AccountFactory(limited=[user])

        for asking in (actor, person()[1]):
            with pytest.raises(AccountNotFound):
                self.card(asking, account)
