"""From the press of a payer to money given back by the desk, at the stand-in bank: nothing of ours plays the bank (OPX-31)."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kabinet.kernel.actors import Role
from kabinet.kernel.secrets import seal
from kabinet.payments import documents
from kabinet.payments.models import Attempt, Merchant, Refund
from kabinet.payments.operations import attempts, refunding
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.payments.queries.papers import get_payment_papers
from kabinet.ui.formatting import MINUS
from sandbox.bank.process import running_bank
from tests.desk.test_payments import text_of, works
from tests.factories import UserFactory
from tests.payments.payers import ledger, line, linked_account, order

pytestmark = pytest.mark.django_db
SHOP, SECRET = "100501", "test_secret"


@pytest.fixture(scope="module")
def process():
    with running_bank([f"--shop={SHOP}:{SECRET}"]) as bank:
        yield bank


@pytest.fixture
def bank(process, settings):
    process.post("/reset")
    settings.YOOKASSA_URL = process.api_url
    return process


@pytest.fixture
def paid(bank):
    """Gas for 500 and maintenance for 100, in one payment by a card."""
    actor, account, merchant = linked_account()
    Merchant.objects.filter(pk=merchant.pk).update(
        gateway="yookassa", shop_id=SHOP, secret=seal(SECRET)
    )
    lines = line(account, "500.00"), line(account, "100.00", title="ТО ВДГО")
    checkout_id = open_checkout(actor=actor, order=order(*lines), at=timezone.now())
    attempt = Attempt.objects.get(
        pk=attempts.pay(actor=actor, checkout_id=checkout_id, at=timezone.now())
    )
    bank.pay(attempt.acquirer_id)
    attempts.check(attempt_id=attempt.pk, at=timezone.now())
    return actor, account, attempt


def give_back(client, attempt, *sums):
    """What the administrator presses: the sums, the look at them, the confirmation; then the worker's turn."""
    sent = {f"sum-{number}": amount for number, amount in enumerate(sums, start=1)}
    sent |= {"why": "Заявление № 17", "key": str(uuid.uuid4())}
    address = reverse("desk-refund", args=[attempt.part.checkout.public_id, attempt.part.number])
    assert client.post(address, sent).status_code == 200
    assert client.post(address, {**sent, "confirmed": "1"}).status_code == 302
    refunding.check_refund(refund_id=Refund.objects.latest("pk").pk, at=timezone.now())


def returned_at(bank):
    return sorted(row["amount"] for row in bank.get("/books")["refunds"])


def seen_by(actor, name, **address):
    payer = Client()
    payer.force_login(UserFactory._meta.model.objects.get(pk=actor.user_id))
    return text_of(payer.get(reverse(name, kwargs=address)))


def test_a_part_and_then_the_rest_go_back_to_the_payer(client, paid, bank):
    actor, account, attempt = paid
    works(client, account.provider, Role.ADMINISTRATOR)
    desk = reverse("desk-payment", args=[attempt.part.checkout.public_id, attempt.part.number])

    give_back(client, attempt, "150,00", "")

    assert returned_at(bank) == ["150.00"]
    assert "Оплачено, часть возвращена" in text_of(client.get(desk))
    shown = {"checkout_id": attempt.part.checkout.public_id}
    assert "Возвращено: 150,00 ₽" in seen_by(actor, "checkout", **shown)

    give_back(client, attempt, "350,00", "100,00")

    assert returned_at(bank) == ["150.00", "450.00"]
    assert "Деньги возвращены" in seen_by(actor, "checkout", **shown)
    assert "возвращено" in seen_by(actor, "own-payments")
    kinds = [kind for kind, _amount in ledger(account)]
    assert (kinds.count("paid"), kinds.count("refunded")) == (2, 3)
    assert sum(amount if kind == "paid" else -amount for kind, amount in ledger(account)) == 0


def test_the_payers_receipt_says_what_was_given_back(client, paid):
    actor, account, attempt = paid
    works(client, account.provider, Role.ADMINISTRATOR)
    give_back(client, attempt, "150,00", "")

    checkout_id = attempt.part.checkout.public_id
    sent, _pdf = documents.render_receipt(
        get_payment_papers(actor=actor, checkout_id=checkout_id), at=timezone.now()
    )

    assert "Возвращено частично" in sent
    assert "150,00" in sent.replace(MINUS, "")
