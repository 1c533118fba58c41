"""Where banks tell what has happened: quick, and believed by nobody (design §6, facts §3.6)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from kabinet.payments.models import Attempt
from kabinet.payments.operations.attempts import pay
from kabinet.payments.operations.checkouts import open_checkout
from tests.clock import NOW
from tests.payments import memory_bank
from tests.payments.memory_bank import ADDRESS, CODE
from tests.payments.payers import line, linked_account, order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def attempt(settings):
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, memory_bank.CODE: memory_bank.PATH}
    memory_bank.empty_books()
    actor, account, _merchant = linked_account()
    checkout_id = open_checkout(actor=actor, order=order(line(account)), at=NOW)
    return Attempt.objects.get(pk=pay(actor=actor, checkout_id=checkout_id, at=NOW))


def told(client, attempt, body, *, address=ADDRESS, gateway=CODE, merchant=None):
    merchant_id = merchant or attempt.merchant.public_id
    return client.post(
        f"/api/payments/{gateway}/{merchant_id}/",
        data=body,
        content_type="application/json",
        REMOTE_ADDR=address,
    )


def waiting():
    return ProcrastinateJob.objects.filter(task_name__startswith="payments.").count()


def test_a_genuine_notification_makes_a_worker_ask(client, attempt):
    response = told(client, attempt, f"payment:{attempt.acquirer_id}")
    assert (response.status_code, waiting()) == (200, 1)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"address": "203.0.113.1"}, 403),
        ({"body": "nonsense:1"}, 403),
        ({"gateway": "tbank"}, 404),
        ({"gateway": "nobank"}, 404),
        ({"merchant": "4b2f6a0e-0000-4000-8000-000000000000"}, 404),
    ],
)
def test_a_forged_one_is_refused(client, attempt, change, status):
    more = {"body": f"payment:{attempt.acquirer_id}"} | change
    assert told(client, attempt, **more).status_code == status
    assert waiting() == 0


def test_a_huge_one_is_not_read(client, attempt):
    assert told(client, attempt, "x" * (256 * 1024 + 1)).status_code == 413
    assert waiting() == 0


def test_it_takes_no_get_and_needs_no_cookie(client, attempt):
    address = f"/api/payments/{CODE}/{attempt.merchant.public_id}/"
    assert client.get(address).status_code == 405
    assert client.cookies == {}


def test_a_known_payment_costs_few_queries(client, attempt):
    merchant_id = attempt.merchant.public_id
    with CaptureQueriesContext(connection) as queries:
        told(client, attempt, f"payment:{attempt.acquirer_id}", merchant=merchant_id)
    # The contract, the attempt, the job between the two ends of its savepoint.
    assert len(queries) == 5
