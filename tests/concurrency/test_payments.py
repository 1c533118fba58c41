"""Payments under real concurrency: many learn of one payment at once, two press at once (design §6, step 3)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.payments.enums import AttemptState
from kabinet.payments.models import Attempt, Checkout, LedgerEntry
from kabinet.payments.operations.attempts import check, pay
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.payments.operations.notices import Envelope, take_notice
from kabinet.payments.operations.polling import enqueue_due
from kabinet.payments.operations.quiet import AlreadyUnderWay
from tests.clock import NOW
from tests.hands import at_once
from tests.payments import memory_bank
from tests.payments.banks import play
from tests.payments.memory_bank import ADDRESS, CODE
from tests.payments.payers import ledger, line, linked_account, order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stopped_clock")]
MANY = 8


@pytest.fixture
def books(settings):
    return play(settings, memory_bank)


@pytest.fixture
def payer(books):
    return linked_account()


def on_the_banks_page(payer):
    actor, account, _merchant = payer
    checkout_id = open_checkout(actor=actor, order=order(line(account)), at=NOW)
    return Attempt.objects.get(pk=pay(actor=actor, checkout_id=checkout_id, at=NOW))


def test_many_who_learn_of_a_payment_at_once_count_it_once(payer, books):
    attempt = on_the_banks_page(payer)
    books.pay(attempt.acquirer_id)
    states = at_once(*[lambda: check(attempt_id=attempt.pk, at=NOW)] * MANY)
    assert set(states) == {AttemptState.SUCCEEDED}
    assert ledger(payer[1]) == [("paid", Decimal("500.00"))]


def test_a_hundred_notifications_at_once_are_one_payment(payer, books):
    attempt = on_the_banks_page(payer)
    books.pay(attempt.acquirer_id)
    envelope = Envelope(f"payment:{attempt.acquirer_id}".encode(), {}, ADDRESS)

    def told():
        for _ in range(100 // MANY + 1):
            take_notice(gateway_code=CODE, merchant_id=payer[2].public_id, envelope=envelope)

    at_once(*[told] * MANY)
    assert ProcrastinateJob.objects.filter(task_name="payments.check").count() == 1
    at_once(*[lambda: check(attempt_id=attempt.pk, at=NOW)] * MANY)
    assert ledger(payer[1]) == [("paid", Decimal("500.00"))]


def test_two_clicks_on_one_form_are_one_checkout_and_one_charge(payer, books):
    actor, account, _merchant = payer
    form = order(line(account))

    def press():
        checkout_id = open_checkout(actor=actor, order=form, at=NOW)
        return pay(actor=actor, checkout_id=checkout_id, at=NOW)

    assert len(set(at_once(press, press, press, press))) == 1
    assert (Checkout.objects.count(), Attempt.objects.count(), len(books.payments)) == (1, 1, 1)


def test_two_forms_for_one_account_at_once_are_not_two_payments_by_accident(payer, books):
    actor, account, _merchant = payer

    def press():
        checkout_id = open_checkout(actor=actor, order=order(line(account)), at=NOW)
        return pay(actor=actor, checkout_id=checkout_id, at=NOW)

    results = at_once(*[press] * MANY)
    assert results.count(AlreadyUnderWay) == MANY - 1
    assert len(books.payments) == 1


def test_pollers_on_two_machines_take_different_attempts(books):
    for _ in range(6):
        on_the_banks_page(linked_account())
    Attempt.objects.update(next_check_at=NOW)
    taken = at_once(*[lambda: enqueue_due(at=NOW)] * 3)
    assert sum(taken) == 6
    assert ProcrastinateJob.objects.filter(task_name="payments.check").count() == 6


def test_a_payment_learned_while_it_is_sent_again_counts_once(payer, books):
    """The poller repeats the creating call while a notification brings the truth."""
    books.troubles = ["lost"]
    attempt = on_the_banks_page(payer)
    (acquirer_id,) = books.payments
    books.pay(acquirer_id)
    at_once(*[lambda: check(attempt_id=attempt.pk, at=NOW)] * MANY)
    assert len(books.payments) == 1
    assert LedgerEntry.objects.count() == 1
