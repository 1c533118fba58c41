"""Decisions about requests and revocations under several people at once, with real transactions."""

from __future__ import annotations

import pytest

from kabinet.accounts import operations
from kabinet.accounts.enums import RequestState
from kabinet.accounts.models import AccountLink, AccountLinkEvent, LinkRequest
from kabinet.accounts.queries import HolderNotFound
from kabinet.channels.models import Delivery
from kabinet.kernel.actors import Actor
from kabinet.kernel.workflow import TransitionRefused
from kabinet.providers.enums import Proof
from tests.accounts.cases import (
    AT,
    SERIAL,
    account_a,
    account_b,
    account_c,
    ask,
    person,
    staff,
    wanted_b,
)
from tests.concurrency.test_linking import linking
from tests.factories import AccountLinkFactory, UserFactory
from tests.hands import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def approving(actor, request_id):
    return lambda: operations.approve_request(actor=actor, public_id=request_id, at=AT)


def refusing(actor, request_id):
    return lambda: operations.refuse_request(actor=actor, public_id=request_id, reason="Нет", at=AT)


def withdrawing(actor, request_id):
    return lambda: operations.withdraw_request(actor=actor, public_id=request_id, at=AT)


def revoking(actor, account, holder):
    return lambda: operations.revoke_holder(
        actor=actor,
        public_id=account.public_id,
        holder_id=holder.public_id,
        proof=Proof.METER,
        answer=SERIAL,
        at=AT,
    )


def test_operators_at_once_make_one_decision():
    account, (_user, actor) = account_c(), person()
    request_id = ask(actor, account)
    operators = [staff(account)[1] for _ in range(4)]

    outcomes = at_once(
        *[approving(operator, request_id) for operator in operators[:2]],
        *[refusing(operator, request_id) for operator in operators[2:]],
    )

    assert outcomes.count(None) == 1
    assert outcomes.count(TransitionRefused) == 3
    assert Delivery.objects.count() == 1
    is_approved = LinkRequest.objects.get().state == RequestState.APPROVED
    assert AccountLink.objects.count() == int(is_approved)


def test_two_approvals_at_once_link_once():
    account, (_user, actor) = account_c(), person()
    request_id = ask(actor, account)

    outcomes = at_once(*[approving(staff(account)[1], request_id) for _ in range(4)])

    assert sorted(map(str, outcomes)) == sorted(map(str, [None] + [TransitionRefused] * 3))
    assert AccountLink.objects.count() == 1
    assert AccountLinkEvent.objects.count() == 2  # linked, extended
    assert Delivery.objects.count() == 1


def test_approval_and_withdrawal_at_once_leave_what_the_state_says():
    for _ in range(4):
        account, (user, actor) = account_c(), person()
        request_id = ask(actor, account)

        outcomes = at_once(approving(staff(account)[1], request_id), withdrawing(actor, request_id))

        state = LinkRequest.objects.get(public_id=request_id).state
        expected = {
            RequestState.APPROVED: [None, TransitionRefused],
            RequestState.WITHDRAWN: [TransitionRefused, None],
        }
        assert outcomes == expected[RequestState(state)]
        links = AccountLink.objects.filter(user=user).count()
        assert links == int(state == RequestState.APPROVED)


def test_a_request_sent_many_times_at_once_is_one():
    account, (_user, actor) = account_c(), person()

    outcomes = at_once(*[lambda: ask(actor, account)] * 6)

    assert LinkRequest.objects.count() == 1
    assert outcomes.count(operations.AlreadyRequested) >= 1


def test_no_more_requests_go_through_at_once_than_a_day_has():
    accounts, (_user, actor) = [account_c() for _ in range(6)], person()

    outcomes = at_once(*[lambda account=account: ask(actor, account) for account in accounts])

    assert LinkRequest.objects.count() == 3
    assert outcomes.count(operations.TooManyRequests) == 3


def test_two_who_shut_each_other_out_end_with_one():
    for _ in range(3):
        first, second = UserFactory(), UserFactory()
        account = account_a(holders=[first, second])

        outcomes = at_once(
            revoking(Actor.customer(first.pk), account, second),
            revoking(Actor.customer(second.pk), account, first),
        )

        assert outcomes.count(None) == 1
        assert outcomes.count(HolderNotFound) == 1
        assert AccountLink.objects.filter(account=account, ended_at=None).count() == 1


def test_one_shut_out_by_two_at_once_is_told_once():
    owners, other = [UserFactory(), UserFactory()], UserFactory(email="anna@example.ru")
    account = account_a(holders=[*owners, other])

    outcomes = at_once(*[revoking(Actor.customer(owner.pk), account, other) for owner in owners])

    assert outcomes.count(None) == 1
    assert outcomes.count(HolderNotFound) == 1
    assert Delivery.objects.filter(recipient="anna@example.ru").count() == 1


def test_who_links_again_while_shut_out_has_one_link_at_most():
    for _ in range(3):
        owner, (other, actor) = UserFactory(), person()
        account = account_b(holders=[owner, other])

        at_once(
            revoking(Actor.customer(owner.pk), account, other),
            linking(actor, wanted_b(account)),
        )

        links = AccountLink.objects.filter(account=account, user=other)
        assert links.filter(ended_at=None).count() <= 1
        assert links.exclude(ended_at=None).count() == 1


def test_who_leaves_while_shutting_another_out_does_one_after_the_other():
    owner, other = UserFactory(), UserFactory()
    account = account_a(holders=[owner, other])
    AccountLinkFactory(user=owner, is_primary=True)
    actor = Actor.customer(owner.pk)

    outcomes = at_once(
        revoking(actor, account, other),
        lambda: operations.unlink_account(actor=actor, public_id=account.public_id, at=AT),
    )

    left = AccountLink.objects.filter(account=account, ended_at=None)
    assert outcomes[1] is None
    assert list(left.values_list("user", flat=True)) == ([] if outcomes[0] is None else [other.pk])
