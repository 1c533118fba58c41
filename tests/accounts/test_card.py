"""The account's card, its contracts and acts, as far as a link opens them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.accounts.enums import ContractState
from kabinet.accounts.models import AccountFact, Act, ActLine, Appliance, Contract
from kabinet.accounts.queries import (
    AccountNotFound,
    Part,
    get_account_card,
    get_acts,
    get_contracts,
)
from kabinet.kernel.money import Money
from kabinet.providers.enums import Feature
from tests.accounts.cases import person
from tests.factories import AccountFactory, ProviderFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)


def furnished(**known):
    account = AccountFactory(**known)
    AccountFact.objects.create(account=account, name="Плита", value="Да")
    Appliance.objects.create(account=account, kind="котёл", serial="K-77")
    Contract.objects.create(
        account=account, number="Д-1", kind="Газ", starts_on=dt.date(2020, 1, 1), state="prolonged"
    )
    act = Act.objects.create(
        account=account,
        number="A-1",
        kind="Осмотр",
        performed_at=dt.datetime(2026, 3, 5, 22, 30, tzinfo=dt.UTC),
    )
    ActLine.objects.create(act=act, line="1", title="Осмотр", amount=Decimal("797.48"))
    return account


def card_of(actor, account, **asked):
    return get_account_card(actor=actor, account_id=account.pk, today=TODAY, **asked)


def test_everything_comes_in_one_query(django_assert_num_queries):
    user, actor = person()
    account = furnished(holders=[user])

    with django_assert_num_queries(1):
        card = card_of(actor, account)

    assert card.subscriber.facts == [("Плита", "Да")]
    assert [row.serial for row in card.subscriber.appliances] == ["K-77"]
    assert [(row.number, row.state) for row in card.contracts] == [("Д-1", ContractState.PROLONGED)]


def test_lists_that_are_not_asked_for_stay_empty():
    user, actor = person()

    card = card_of(actor, furnished(holders=[user]), parts=frozenset({Part.APPLIANCES}))

    assert card.subscriber.facts == []
    assert [row.serial for row in card.subscriber.appliances] == ["K-77"]
    assert card.contracts is None


@pytest.mark.parametrize(
    ("limited", "opened"),
    [
        ([], (False, False)),
        ([Feature.SUBSCRIBER], (True, False)),
        ([Feature.CONTRACTS], (False, True)),
    ],
)
def test_a_limited_link_gets_only_what_the_provider_opens_to_it(limited, opened):
    user, actor = person()
    provider = ProviderFactory(policy__limited_features=limited)

    card = card_of(actor, furnished(provider=provider, limited=[user]))

    assert (card.subscriber is not None, card.contracts is not None) == opened


def test_a_switched_off_section_is_closed_to_full_access_too():
    user, actor = person()
    provider = ProviderFactory(policy__enabled_features=[Feature.SUBSCRIBER])

    card = card_of(actor, furnished(provider=provider, holders=[user]))

    assert card.subscriber is not None
    assert card.contracts is None


def test_a_strangers_account_does_not_exist():
    user, _holder = person()
    account = furnished(holders=[user])

    with pytest.raises(AccountNotFound):
        card_of(person()[1], account)


class TestContracts:
    @pytest.mark.parametrize(
        ("term", "is_in_force"),
        [
            ({}, True),
            ({"ends_on": TODAY}, True),
            ({"ends_on": TODAY - dt.timedelta(days=1)}, False),
            ({"state": "concluded"}, True),
            ({"state": "terminated"}, False),
        ],
    )
    def test_one_holds_through_its_last_day(self, term, is_in_force):
        user, actor = person()
        account = AccountFactory(holders=[user])
        Contract.objects.create(
            account=account, number="1", kind="Газ", starts_on=dt.date(2020, 1, 1), **term
        )

        (row,) = get_contracts(actor=actor, account_id=account.pk, today=TODAY)

        assert row.is_in_force is is_in_force

    def test_others_and_limited_links_get_none(self):
        user, actor = person()
        limited = furnished(limited=[user])
        foreign = furnished(holders=[person()[0]])

        for account in (limited, foreign):
            assert get_contracts(actor=actor, account_id=account.pk, today=TODAY) == []


class TestActs:
    def test_an_act_is_told_in_the_providers_own_time_with_its_total(self):
        user, actor = person()
        account = furnished(holders=[user])

        (row,) = get_acts(actor=actor, account_id=account.pk, timezone="Europe/Moscow").acts

        assert (row.performed_at.date(), row.time_of_day) == (dt.date(2026, 3, 6), "01:30")
        assert row.total == Money(Decimal("797.48"))

    def test_others_and_limited_links_get_none(self):
        user, actor = person()
        limited = furnished(limited=[user])
        foreign = furnished(holders=[person()[0]])

        for account in (limited, foreign):
            page = get_acts(actor=actor, account_id=account.pk, timezone="Europe/Moscow")
            assert (page.acts, page.has_earlier) == ([], False)
