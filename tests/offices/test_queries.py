"""Whose offices a person is shown."""

from __future__ import annotations

import datetime as dt

import pytest

from kabinet.accounts.queries import get_account_card
from kabinet.kernel.actors import Actor
from kabinet.offices.models import Office
from kabinet.offices.queries import OfficeRow, get_branch_offices, told_offices
from kabinet.offices.scopes import visible_offices
from kabinet.providers.models import Branch
from tests.factories import AccountFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)


@pytest.fixture
def provider():
    return ProviderFactory()


def branch(provider, code):
    return Branch.objects.create(provider=provider, code=code, name=code, region="Край")


def office(at, code, **told):
    return Office.objects.create(
        provider=at.provider, branch=at, code=code, name=f"Пункт {code}", address="ул. Мира", **told
    )


def person():
    user = UserFactory()
    return user, Actor.customer(user.pk)


def test_the_offices_of_the_accounts_branch_come_by_name(provider, django_assert_num_queries):
    user, actor = person()
    near, far = branch(provider, "near"), branch(provider, "far")
    for code in ("б", "а"):
        office(near, code, phone="1", hours="пн–пт", email="a@b.example")
    office(far, "в")
    account = AccountFactory(provider=provider, branch=near, holders=[user])

    with django_assert_num_queries(1):
        rows = get_branch_offices(actor=actor, account_id=account.pk)

    assert rows == [
        OfficeRow("Пункт а", "1", "пн–пт", "ул. Мира", "a@b.example"),
        OfficeRow("Пункт б", "1", "пн–пт", "ул. Мира", "a@b.example"),
    ]
    card = get_account_card(actor=actor, account_id=account.pk, today=TODAY, parts=frozenset())
    assert told_offices(card) == rows


def test_an_account_without_a_branch_has_no_office(provider):
    user, actor = person()
    office(branch(provider, "near"), "а")
    account = AccountFactory(provider=provider, holders=[user])

    assert get_branch_offices(actor=actor, account_id=account.pk) == []
    card = get_account_card(actor=actor, account_id=account.pk, today=TODAY, parts=frozenset())
    assert told_offices(card) == []


def test_limited_access_does_not_hide_where_help_is(provider):
    user, actor = person()
    near = branch(provider, "near")
    office(near, "а")
    account = AccountFactory(provider=provider, branch=near, limited=[user])

    assert [row.name for row in get_branch_offices(actor=actor, account_id=account.pk)] == [
        "Пункт а"
    ]


def test_strangers_see_none(provider):
    holder, actor = person()
    near = branch(provider, "near")
    mine = office(near, "а")
    office(branch(ProviderFactory(), "other"), "б")
    account = AccountFactory(provider=provider, branch=near, holders=[holder])
    _stranger, other = person()

    assert get_branch_offices(actor=other, account_id=account.pk) == []
    assert list(visible_offices(other).order_by("pk")) == []
    assert list(visible_offices(actor).order_by("pk")) == [mine]
