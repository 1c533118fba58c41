"""Linking under several requests at once, with real transactions."""

from __future__ import annotations

import pytest

from kabinet.accounts import operations
from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import AccountLink, AccountLinkEvent
from kabinet.kernel.actors import Actor
from kabinet.providers.enums import Proof, Style
from tests.accounts.cases import (
    AT,
    SERIAL,
    account_a,
    account_b,
    account_of,
    person,
    wanted_a,
    wanted_b,
)
from tests.factories import AccountFactory, AccountLinkFactory, UserFactory
from tests.hands import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def linking(actor, wanted):
    return lambda: operations.link_account(actor=actor, wanted=wanted, at=AT)


def test_a_double_click_makes_one_link():
    account, (_user, actor) = account_a(), person()

    outcomes = at_once(*[linking(actor, wanted_a(account))] * 8)

    assert set(outcomes) <= {
        operations.Linked(account.public_id, AccessLevel.LIMITED),
        operations.TooManyAttempts,
    }
    assert AccountLink.objects.count() == 1
    assert AccountLinkEvent.objects.count() == 1


def test_a_double_click_shows_the_same_success_twice():
    account, (_user, actor) = account_b(), person()

    outcomes = at_once(*[linking(actor, wanted_b(account))] * 2)

    assert outcomes == [operations.Linked(account.public_id, AccessLevel.EXTENDED)] * 2
    assert AccountLink.objects.count() == 1


def test_two_first_accounts_at_once_have_one_primary():
    accounts, (_user, actor) = [account_b() for _ in range(4)], person()

    at_once(*[linking(actor, wanted_b(account, make_primary=True)) for account in accounts])

    assert AccountLink.objects.count() == 4
    assert AccountLink.objects.filter(is_primary=True).count() == 1


def test_the_last_free_place_of_a_person_is_taken_once(settings):
    settings.LINK_MAX_ACCOUNTS = 1
    accounts, (_user, actor) = [account_b() for _ in range(4)], person()

    outcomes = at_once(*[linking(actor, wanted_b(account)) for account in accounts])

    assert outcomes.count(operations.TooManyAccounts) == 3
    assert AccountLink.objects.count() == 1


def test_the_last_free_place_of_an_account_is_taken_once():
    account = account_of(Style.B, number="805107", rules={"max_holders": 1})
    actors = [Actor.customer(UserFactory().pk) for _ in range(4)]

    outcomes = at_once(*[linking(actor, wanted_b(account)) for actor in actors])

    assert outcomes.count(operations.TooManyHolders) == 3
    assert AccountLink.objects.count() == 1


def test_twelve_guesses_at_once_are_five_tries():
    user, actor = person()
    account = account_a(limited=[user])

    def guess():
        operations.extend_access(
            actor=actor, public_id=account.public_id, proof=Proof.METER, answer="1", at=AT
        )

    outcomes = at_once(*[guess] * 12)

    assert outcomes.count(operations.WrongAnswer) == 5
    assert outcomes.count(operations.TooManyAttempts) == 7


def test_one_right_answer_given_twice_opens_once():
    user, actor = person()
    account = account_a(limited=[user])

    def answer():
        operations.extend_access(
            actor=actor, public_id=account.public_id, proof=Proof.METER, answer=SERIAL, at=AT
        )

    at_once(answer, answer)

    assert AccountLink.objects.get().level == AccessLevel.EXTENDED
    assert AccountLinkEvent.objects.count() == 1


def test_marks_moved_at_once_end_as_one():
    user, actor = person()
    accounts = [AccountFactory(holders=[user]) for _ in range(4)]

    outcomes = at_once(
        *[
            lambda account=account: operations.make_primary(
                actor=actor, public_id=account.public_id, at=AT
            )
            for account in accounts
        ]
    )

    assert outcomes == [None] * 4
    assert AccountLink.objects.filter(is_primary=True).count() == 1


def test_unlinking_twice_at_once_ends_once_and_keeps_a_primary():
    user, actor = person()
    first = AccountLinkFactory(user=user, is_primary=True)
    AccountLinkFactory(user=user)

    def unlink():
        operations.unlink_account(actor=actor, public_id=first.account.public_id, at=AT)

    outcomes = at_once(unlink, unlink, unlink)

    assert outcomes.count(None) == 1
    assert AccountLinkEvent.objects.count() == 1
    assert AccountLink.objects.filter(ended_at=None, is_primary=True).count() == 1
