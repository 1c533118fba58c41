"""A process killed with SIGKILL between any two steps of a payment: one charge, one payment, right balance.

The payments go through the YooKassa gateway to a bank of its own process; the killed process is a real one too.
"""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
from decimal import Decimal

import pytest
from django.utils import timezone

from kabinet.billing.models import Balance
from kabinet.kernel.secrets import seal
from kabinet.payments.models import Attempt, LedgerEntry
from kabinet.payments.operations.attempts import begin, check
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.payments.operations.polling import enqueue_due
from sandbox.bank.process import running_bank
from tests.concurrency.large_bundle import ROOT, environment
from tests.factories import BalanceFactory
from tests.payments.payers import line, linked_account, order

pytestmark = pytest.mark.django_db(transaction=True)

# Each kills the process at one place of ``send`` or ``check``.
CHILD = """
import os, signal, sys
import django
django.setup()
from django.utils import timezone
from kabinet.payments.gateways.yookassa import YooKassa
from kabinet.payments.models import LedgerEntry
from kabinet.payments.operations import attempts, settlement

def die(*_arguments, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

def then_die(work):
    def wrapped(*arguments, **more):
        work(*arguments, **more)
        die()
    return wrapped

place, step, attempt_id = sys.argv[1], sys.argv[2], int(sys.argv[3])
if place == "before the bank":
    YooKassa.create = YooKassa.fetch = die
elif place == "after the bank":
    YooKassa.create, YooKassa.fetch = then_die(YooKassa.create), then_die(YooKassa.fetch)
elif place == "inside the transaction":
    settlement._schedule = then_die(settlement._schedule)
    settlement.LedgerEntry.objects.bulk_create = then_die(LedgerEntry.objects.bulk_create)
elif place == "after the commit":
    settlement.apply_truth = then_die(settlement.apply_truth)
getattr(attempts, step)(attempt_id=attempt_id, at=timezone.now())
"""
PLACES = ("before the bank", "after the bank", "inside the transaction", "after the commit")


@pytest.fixture(scope="module")
def bank():
    with running_bank(["--shop", "100500:secret"]) as bank:
        yield bank


@pytest.fixture
def payer(bank, settings):
    settings.YOOKASSA_URL = bank.api_url
    actor, account, merchant = linked_account()
    merchant.gateway, merchant.shop_id, merchant.secret = "yookassa", "100500", seal("secret")
    merchant.save()
    BalanceFactory(account=account, amount=Decimal("500.00"), penalty=None)
    return actor, account


def killed(bank, place, step, attempt_id):
    """Run the step in a process that kills itself at the place."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD, place, step, str(attempt_id)],
        check=False,
        cwd=ROOT,
        env=environment(KABINET_YOOKASSA_URL=bank.api_url),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr[-2000:]


def come_back(attempt_id):
    """The machine is up again: the poller finds what hangs."""
    Attempt.objects.filter(pk=attempt_id, next_check_at__isnull=False).update(
        next_check_at=timezone.now() - dt.timedelta(seconds=1)
    )
    enqueue_due(at=timezone.now())
    check(attempt_id=attempt_id, at=timezone.now())


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("step", ["send", "check"])
def test_a_killed_process_loses_and_doubles_nothing(bank, payer, place, step):
    actor, account = payer
    owed = line(account, service=account.balances.get().service)
    checkout_id = open_checkout(actor=actor, order=order(owed), at=timezone.now())
    attempt_id = begin(actor=actor, checkout_id=checkout_id, at=timezone.now())
    ref = str(Attempt.objects.get(pk=attempt_id).public_id)
    if step == "send":
        killed(bank, place, "send", attempt_id)
        come_back(attempt_id)
    else:
        check(attempt_id=attempt_id, at=timezone.now())
    bank.pay(Attempt.objects.get(pk=attempt_id).acquirer_id)
    if step == "check":
        killed(bank, place, "check", attempt_id)
    come_back(attempt_id)

    charged = [row for row in _books(bank) if row.get("metadata", {}).get("attempt") == ref]
    assert [(row["status"], row["amount"]) for row in charged] == [("succeeded", "500.00")]
    entry = LedgerEntry.objects.get(account=account)
    assert (entry.amount, entry.unconfirmed) == (Decimal("500.00"), Decimal("500.00"))
    assert Balance.objects.get(account=account).amount - entry.unconfirmed == 0


def _books(bank):
    return bank.get("/books")["payments"]
