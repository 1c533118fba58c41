"""Autopays under several workers at once and under a worker that is killed, with real transactions (PAY-17)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from kabinet.payments.gateways.base import Means
from kabinet.payments.models import Attempt, Autopay, AutopayRun, Checkout, LedgerEntry, SavedCard
from kabinet.payments.operations import attempts, bindings, cards, polling
from kabinet.payments.operations.autopay import (
    changing,
    connecting,
    finishing,
    planning,
    starting,
)
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.payments.operations.quiet import AlreadyUnderWay
from tests.hands import at_once
from tests.payments import card_bank, memory_bank
from tests.payments.autopayers import DAY, TOLD, autopay_of, household, paying_household, wanted
from tests.payments.payers import ledger, line, order

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 4


@pytest.fixture(autouse=True)
def drawer(settings, monkeypatch):
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, card_bank.CODE: card_bank.PATH}
    monkeypatch.setattr(timezone, "now", lambda: DAY)
    return card_bank.empty_books()[1]


def start():
    return starting.start_due_runs(at=DAY, at_once=3)


def test_workers_at_once_pay_each_account_once():
    accounts = [paying_household()[1] for _ in range(12)]

    sent = at_once(*[start] * WORKERS)
    at_once(*[lambda: finishing.finish_runs(at=DAY, at_once=3)] * WORKERS)

    assert sum(sent) == 12
    assert [ledger(account) for account in accounts] == [[("paid", Decimal("1243.56"))]] * 12
    assert len(memory_bank.BOOKS.payments) == 12
    assert set(AutopayRun.objects.values_list("state", "tries")) == {("paid", 1)}


def test_one_run_that_many_workers_want_is_paid_once():
    _actor, account, *_rest = paying_household()

    sent = at_once(*[start] * 8)

    assert sorted(sent) == [0] * 7 + [1]
    assert (Checkout.objects.count(), Attempt.objects.count()) == (1, 1)
    assert ledger(account) == [("paid", Decimal("1243.56"))]


def test_planners_at_once_plan_and_tell_each_month_once():
    for _ in range(9):
        autopay_of(*household())

    planned = at_once(*[lambda: planning.plan_runs(at=TOLD, at_once=2)] * WORKERS)

    assert (sum(planned), AutopayRun.objects.count()) == (9, 9)


def test_the_poller_beside_the_worker_sends_the_same_payment():
    _actor, account, *_rest = paying_household()
    (attempt_id,) = starting.claim_due_runs(at=DAY).attempts

    at_once(
        *[lambda: attempts.send(attempt_id=attempt_id, at=DAY)] * 3,
        *[lambda: attempts.check(attempt_id=attempt_id, at=DAY)] * 3,
    )

    assert len(memory_bank.BOOKS.payments) == 1
    assert ledger(account) == [("paid", Decimal("1243.56"))]


def test_of_a_payment_by_hand_and_an_autopay_at_one_moment_only_one_begins():
    for _ in range(5):
        actor, account, *_rest = paying_household()
        service = account.balances.get().service
        by_hand = order(line(account, "1243.56", service=service))

        def press(actor=actor, by_hand=by_hand):
            checkout_id = open_checkout(actor=actor, order=by_hand, at=DAY)
            return attempts.pay(actor=actor, checkout_id=checkout_id, at=DAY)

        def claim():
            return len(starting.claim_due_runs(at=DAY).attempts)

        claimed, pressed = at_once(claim, press)

        assert (claimed, pressed is AlreadyUnderWay) in ((1, True), (0, False))
        assert Attempt.objects.filter(part__items__account=account).count() == 1


def test_switching_off_beside_the_worker_leaves_one_of_two_clear_ends():
    for _ in range(5):
        actor, account, *_rest, autopay, _run = paying_household()

        at_once(
            start,
            lambda actor=actor, account=account: changing.switch_off(
                actor=actor, account_id=account.public_id, at=DAY
            ),
        )
        finishing.finish_runs(at=DAY)

        autopay.refresh_from_db()
        assert autopay.state == "off"
        left = list(AutopayRun.objects.filter(autopay=autopay).values_list("state", flat=True))
        assert (left, ledger(account)) in (
            ([], []),
            (["paid"], [("paid", Decimal("1243.56"))]),
        )


def test_many_presses_of_one_form_connect_once():
    actor, account, _merchant = household()
    form = wanted(account)

    outcomes = at_once(*[lambda: connecting.connect_autopay(actor=actor, order=form, at=DAY)] * 6)

    assert len(set(outcomes)) == 1
    assert (Autopay.objects.count(), Checkout.objects.count()) == (1, 1)


def test_many_who_learn_of_a_saved_card_keep_one(drawer):
    actor, _account, merchant = household()
    wish = bindings.BindingRequest(
        key=uuid.uuid4(), merchant_id=merchant.public_id, accepts_offer=True
    )
    binding_id = bindings.open_binding(actor=actor, wanted=wish, at=DAY)
    bindings.ask_bank(binding_id=binding_id, at=DAY)
    (acquirer_id,) = drawer.bindings
    drawer.confirm(acquirer_id)

    at_once(*[lambda: bindings.ask_bank(binding_id=binding_id, at=DAY)] * 8)

    assert SavedCard.objects.count() == 1


def test_whoever_removes_a_card_waits_for_its_autopay_with_nothing_in_hand():
    """A worker that learns of a revoked permission holds the autopay and comes for the card."""
    actor, account, _merchant, autopay, _run = paying_household()

    def remove():
        try:
            return cards.remove_card(
                actor=actor, card_id=autopay.card.public_id, ends_autopay=True, at=DAY
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Autopay.objects.select_for_update(of=("self",), no_key=True).get(pk=autopay.pk)
            removing = pool.submit(remove)
            wait_for_a_lock()
            cards.lock_cards(autopay.user_id)

        assert removing.result(timeout=20) == [account.public_id]


def wait_for_a_lock():
    """Until somebody waits for what this connection holds."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks "
                "WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def test_two_first_cards_at_once_have_one_default():
    actor, _account, merchant = household()

    def keep(number):
        means = Means(token=f"t{number}", system="Mir", last4=f"000{number}")
        return lambda: cards.keep_card(
            user_id=actor.user_id, merchant=merchant, means=means, at=DAY
        )

    at_once(*[keep(number) for number in range(6)], keep(0))

    assert SavedCard.objects.count() == 6
    assert SavedCard.objects.filter(is_default=True).count() == 1


WORKER = """
    import os, sys, time
    sys.path.insert(0, os.getcwd())
    import django
    django.setup()
    from django.conf import settings
    from django.db import connection
    connection.settings_dict["NAME"] = sys.argv[1]
    import datetime as dt
    from tests.payments import card_bank
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, card_bank.CODE: card_bank.PATH}
    from kabinet.payments.operations import attempts
    from kabinet.payments.operations.autopay import starting
    step, at = sys.argv[2], dt.datetime.fromisoformat(sys.argv[3])

    def stand_still(*_arguments, **_named):
        print("here", flush=True)
        time.sleep(60)

    if step == "before the commit":
        starting._save = stand_still
    elif step == "after the claim":
        starting.sending.ask_all = stand_still
    elif step == "in the call":
        card_bank.CardBank.create = stand_still
    elif step == "after the answer":
        starting.sending.book_all = stand_still
    elif step == "in the booking":
        attempts.settlement.apply_truth = stand_still
    starting.start_due_runs(at=at)
    print("done", flush=True)
"""


@pytest.mark.parametrize(
    "step",
    ["before the commit", "after the claim", "in the call", "after the answer", "in the booking"],
)
def test_a_worker_killed_between_two_steps_leaves_one_payment_to_be_made(step):
    """A process of its own, killed where it stands; its bank dies with it, so what it did there is done anew by key."""
    _actor, account, *_rest = paying_household()
    _kill_a_worker_at(step)

    later = DAY + starting.OWN_TIME
    for _ in range(2):
        start()
        if polling.enqueue_due(at=later):
            attempts.check(attempt_id=Attempt.objects.get().pk, at=later)
        finishing.finish_runs(at=later)

    assert ledger(account) == [("paid", Decimal("1243.56"))]
    assert (LedgerEntry.objects.count(), Attempt.objects.count()) == (1, 1)
    assert AutopayRun.objects.get().state == "paid"


def _kill_a_worker_at(step):
    name = str(connection.settings_dict["NAME"])
    worker = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WORKER), name, step, DAY.isoformat()],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "here\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait(timeout=20)
    worker.stdout.close()
    _wait_until_its_locks_are_gone()


def _wait_until_its_locks_are_gone():
    """The database notices a client that is gone when it next listens to it."""
    with connection.cursor() as cursor:
        for _ in range(100):
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            if not cursor.fetchall():
                return
            time.sleep(0.05)
    raise AssertionError("the killed worker is still connected")
