"""Who sees which account, and how deeply: every level, feature, switch, person and role (ACC-01, 14, 29, OPX-02)."""

from __future__ import annotations

import datetime as dt

import pytest

from kabinet.accounts.queries import get_linked_accounts
from kabinet.accounts.scopes import (
    STAFF_WHO_SEE_ACCOUNTS,
    accounts_open_for,
    linkable_accounts,
    visible_accounts,
    visible_links,
)
from kabinet.kernel.actors import NOBODY, SYSTEM, Actor, ActorKind, Role
from kabinet.providers.enums import Feature
from tests.accounts.cases import person
from tests.factories import AccountFactory, AccountLinkFactory, ProviderFactory

pytestmark = pytest.mark.django_db

LIMITED = frozenset({Feature.BALANCE, Feature.METERS, Feature.SUBMIT_READINGS, Feature.PAYMENTS})


def staff_of(provider, *roles):
    grants = frozenset((provider.pk, role) for role in roles)
    return Actor(ActorKind.STAFF, user_id=None, grants=grants)


@pytest.mark.parametrize("is_active", [True, False], ids=["works", "switched-off"])
@pytest.mark.parametrize("is_offered", [True, False], ids=["section-on", "section-off"])
@pytest.mark.parametrize("level", ["limited", "extended"])
@pytest.mark.parametrize("feature", list(Feature))
def test_a_section_is_open_by_level_switch_and_provider(feature, level, is_offered, is_active):
    enabled = [other for other in Feature if is_offered or other is not feature]
    provider = ProviderFactory(
        is_active=is_active,
        policy__enabled_features=enabled,
        policy__limited_features=sorted(LIMITED),
    )
    user, actor = person()
    holders = {"holders" if level == "extended" else "limited": [user]}
    account = AccountFactory(provider=provider, **holders)

    reached = level == "extended" or feature in LIMITED
    writable = is_active or feature not in {Feature.SUBMIT_READINGS, Feature.PAY}
    expected = reached and is_offered and writable
    assert accounts_open_for(actor, feature).filter(pk=account.pk).exists() is expected
    row = get_linked_accounts(actor=actor)[0]
    assert row.opens(feature) is expected
    assert row.offers(feature) is (is_offered and writable)


@pytest.mark.parametrize("feature", list(Feature))
def test_an_account_is_closed_to_others(feature):
    user, _actor = person()
    account = AccountFactory(holders=[user])
    stranger = person()[1]
    former = AccountLinkFactory(
        account=account, ended_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    ).user

    for actor in (stranger, Actor.customer(former.pk), NOBODY):
        assert not accounts_open_for(actor, feature).exists()
        assert not visible_accounts(actor).exists()
        assert not visible_links(actor).exists()
        assert get_linked_accounts(actor=actor) == []


@pytest.mark.parametrize("feature", list(Feature))
@pytest.mark.parametrize("role", list(Role))
def test_staff_see_their_own_providers_accounts_by_role(role, feature):
    own, foreign = AccountFactory(), AccountFactory()

    actor = staff_of(own.provider, role)

    expected = [own.pk] if role in STAFF_WHO_SEE_ACCOUNTS else []
    assert list(accounts_open_for(actor, feature).values_list("pk", flat=True)) == expected
    assert list(visible_accounts(actor).values_list("pk", flat=True)) == expected
    assert not accounts_open_for(actor, feature).filter(pk=foreign.pk).exists()


def test_staff_have_no_links_of_their_customers():
    link = AccountLinkFactory()

    assert not visible_links(staff_of(link.account.provider, *Role)).exists()


def test_a_member_of_staff_has_the_accounts_of_the_home_as_a_customer_and_never_at_work():
    user, customer = person()
    home = AccountFactory(holders=[user])
    work = AccountFactory()
    actor = Actor(
        ActorKind.STAFF, user_id=user.pk, grants=frozenset({(work.provider_id, Role.OPERATOR)})
    )

    assert set(visible_accounts(customer)) == {home}
    assert set(visible_accounts(actor)) == {work}
    assert set(accounts_open_for(actor, Feature.METERS)) == {work}


def test_the_system_sees_everything():
    account = AccountFactory()
    AccountLinkFactory(account=account)

    assert list(visible_accounts(SYSTEM)) == [account]
    assert list(accounts_open_for(SYSTEM, Feature.SUBSCRIBER)) == [account]
    assert visible_links(SYSTEM).count() == 1


def test_a_limited_link_knows_no_address():
    user, actor = person()
    AccountFactory(limited=[user])

    assert get_linked_accounts(actor=actor)[0].address == ""


def test_unless_the_provider_shows_the_subscriber_to_limited_links():
    user, actor = person()
    provider = ProviderFactory(policy__limited_features=["subscriber"])
    AccountFactory(provider=provider, limited=[user])

    assert get_linked_accounts(actor=actor)[0].address == "Озёрск, ул. Лесная, д. 12"


def test_only_accounts_of_working_providers_can_be_linked():
    account = AccountFactory()
    AccountFactory(provider=ProviderFactory(is_active=False))
    AccountFactory(missing_since=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    closed = AccountFactory(closed_on=dt.date(2026, 11, 1))

    assert set(linkable_accounts()) == {account, closed}
