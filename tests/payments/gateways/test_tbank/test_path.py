"""The one path through T-Bank: nothing of it knows which bank it is (design §6)."""

from __future__ import annotations

import json
import time
import uuid
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

import kabinet
from kabinet.kernel.actors import Actor, ActorKind, Role
from kabinet.kernel.money import KOPECK, Money
from kabinet.kernel.secrets import seal
from kabinet.payments.enums import AttemptState, Cause, PartState, RefundState
from kabinet.payments.models import (
    Attempt,
    CheckoutPart,
    Discrepancy,
    FiscalReceipt,
    Refund,
    SavedCard,
)
from kabinet.payments.operations import refunding, refunds
from kabinet.payments.operations.access import order_of
from kabinet.payments.operations.attempts import (
    CALL_LASTS,
    ask,
    begin,
    book,
    check,
    pay,
    with_its_order,
)
from kabinet.payments.operations.cards import forget_cards, remove_card
from kabinet.payments.operations.checkouts import open_checkout
from kabinet.payments.operations.notices import Envelope, take_notice
from kabinet.payments.operations.refunds import RefundOrder
from kabinet.providers.enums import PayMethod
from kabinet.providers.models import ProviderPolicy
from sandbox.tbank.books import Terminal
from sandbox.tbank.server import Sandbox
from tests.clock import NOW
from tests.factories import UserFactory
from tests.payments.gateways.test_tbank.orders import GOOD, KEY, PASSWORD, POOR
from tests.payments.payers import ledger, line, linked_account, order
from tests.sandbox.tbank.shop import Shop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
PAID = [("paid", Decimal("500.00"))]


@pytest.fixture
def bank(settings):
    """The bank's clock goes with the test's; notifications wait until the test hands them over."""
    with Sandbox([Terminal(KEY, PASSWORD, "http://127.0.0.1:9/")]) as sandbox:
        sandbox.sender.mode = "off"
        sandbox.bank.ahead = NOW.timestamp() - time.time()
        settings.TBANK_URL = f"{sandbox.url}/v2"
        yield Shop(sandbox.url, key=KEY, password=PASSWORD)


@pytest.fixture
def payer(bank):
    actor, account, merchant = linked_account()
    merchant.gateway, merchant.shop_id, merchant.secret = "tbank", KEY, seal(PASSWORD)
    merchant.issues_receipts = merchant.supports_recurring = True
    merchant.save()
    ProviderPolicy.objects.filter(provider=merchant.provider).update(
        pay_methods=[method.value for method in PayMethod]
    )
    return actor, account, merchant


def pressed(payer, **more):
    """Press «Оплатить»; give the attempt as the bank has answered."""
    actor, account, _merchant = payer
    asked = order(line(account), email="payer@kabinet.example", **more)
    checkout_id = open_checkout(actor=actor, order=asked, at=NOW)
    return Attempt.objects.get(pk=pay(actor=actor, checkout_id=checkout_id, at=NOW))


def at_bank(attempt):
    return attempt.acquirer_id.partition("-")[0]


def paid(bank, payer, **more):
    attempt = pressed(payer, **more)
    bank.pay(at_bank(attempt), card=GOOD)
    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.SUCCEEDED
    return attempt


def hand_over(client, bank, merchant, *, change=None):
    """Deliver what the bank would have sent; give the answers."""
    address = reverse("bank-notice", args=["tbank", merchant.public_id])
    answers = []
    for sent in bank.control("notifications"):
        body = json.dumps(sent["fields"] | (change or {}))
        answer = client.post(address, body, content_type="application/json")
        answers.append((answer.status_code, answer.content))
    return answers


def checks():
    return ProcrastinateJob.objects.filter(task_name="payments.check").count()


def test_a_payment_goes_from_the_press_to_the_ledger(client, bank, payer):
    attempt = pressed(payer)
    assert attempt.state == AttemptState.PENDING
    assert attempt.confirmation_url.startswith(f"{bank.url}/pay/")
    bank.pay(at_bank(attempt), card="2201382000000013")

    # AUTHORIZED and CONFIRMED want the word OK; the receipt's comes too early and is to be sent again.
    *payments, (receipts, _page) = hand_over(client, bank, payer[2])
    assert (payments, receipts) == ([(200, b"OK")] * 2, 404)
    assert checks() == 1
    assert ledger(payer[1]) == []
    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.SUCCEEDED

    assert hand_over(client, bank, payer[2]) == [(200, b"OK")] * 3
    assert checks() == 1
    assert ledger(payer[1]) == PAID
    assert bank.control("books")["taken"] == 50_000


def test_a_forged_notification_is_refused_and_makes_nobody_ask(client, bank, payer):
    attempt = pressed(payer)
    bank.pay(at_bank(attempt), card=POOR)

    assert hand_over(client, bank, payer[2], change={"Status": "CONFIRMED"}) == [(403, b"")]
    # Names are not signed, nor are objects: the old status under a name that sorts beside it, an object in its place.
    for name in ("Statut", "Statuz"):
        change = {name: "REJECTED", "Status": {}}
        assert hand_over(client, bank, payer[2], change=change) == [(403, b"")]
    assert checks() == 0

    assert hand_over(client, bank, payer[2]) == [(200, b"OK")]
    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.DECLINED
    attempt.refresh_from_db()
    assert (attempt.cause, attempt.reason) == (Cause.NO_MONEY, "REJECTED 1051")
    assert ledger(payer[1]) == []


def test_a_payment_whose_answer_was_lost_is_taken_up_by_its_number(bank, payer):
    bank.control("faults", {"kind": "close", "method": "GetQr"})
    attempt = pressed(payer, method=PayMethod.SBP)
    assert (attempt.state, attempt.acquirer_id) == (AttemptState.CREATED, None)

    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.PENDING
    attempt.refresh_from_db()
    assert attempt.sbp_payload.startswith(f"{bank.url}/qr/")
    bank.pay(at_bank(attempt), sbp="pay")
    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.SUCCEEDED

    assert ledger(payer[1]) == PAID
    assert len(bank.control("payments")) == 1


def test_a_saved_card_pays_again_once_though_the_bank_hung_up(bank, payer):
    paid(bank, payer, save_card=True)
    card = SavedCard.objects.get()
    assert (card.system, card.last4, card.expiry_month) == ("mir", "0021", 12)
    bank.control("faults", {"kind": "close", "method": "Charge"})

    attempt = pressed(payer, method=PayMethod.SAVED_CARD, saved_card=card.public_id)
    assert attempt.state == AttemptState.CREATED
    assert check(attempt_id=attempt.pk, at=NOW) is AttemptState.SUCCEEDED

    assert ledger(payer[1]) == PAID * 2
    assert bank.control("books")["taken"] == 100_000
    remove_card(actor=payer[0], card_id=card.public_id, ends_autopay=False, at=NOW)
    assert forget_cards(at=NOW) == 0
    assert [one["Status"] for one in bank.call("GetCardList", CustomerKey=_customer(bank))] == ["D"]


def _customer(bank):
    return next(one["customer"] for one in bank.control("payments") if one["customer"])


def test_money_goes_back_in_parts_to_the_kopeck(bank, payer):
    attempt = paid(bank, payer)
    part = CheckoutPart.objects.get()
    staff = Actor(
        ActorKind.STAFF,
        user_id=UserFactory().pk,
        grants=frozenset({(payer[2].provider_id, Role.ADMINISTRATOR)}),
    )
    for kopecks in (12_345, 37_655):
        asked = RefundOrder(
            checkout_id=part.checkout.public_id,
            part=part.number,
            why="Заявление плательщика",
            key=uuid.uuid4(),
            sums={1: _money(kopecks)} if kopecks == 12_345 else None,
        )
        bank.control("faults", {"kind": "close", "method": "Cancel"})
        refunds.request_refund(actor=staff, order=asked, at=NOW)
        refund = Refund.objects.latest("pk")
        assert refunding.check_refund(refund_id=refund.pk, at=NOW) is RefundState.CREATED
        assert refunding.check_refund(refund_id=refund.pk, at=NOW) is RefundState.SUCCEEDED
        assert refunding.compare_returned(attempt_id=attempt.pk, at=NOW)

    part.refresh_from_db()
    assert part.state == PartState.RETURNED
    assert ledger(payer[1])[1:] == [
        ("refunded", Decimal("123.45")),
        ("refunded", Decimal("376.55")),
    ]
    assert bank.control("books")["left"] == 0
    assert not Discrepancy.objects.exists()


def _money(kopecks):
    return Money(Decimal(kopecks) * KOPECK)


def test_the_receipt_goes_along_with_the_payment(bank, payer):
    pressed(payer)

    (session,) = bank.control("payments")
    assert session["receipt"]["Email"] == "payer@kabinet.example"
    assert sum(item["Amount"] for item in session["receipt"]["Items"]) == 50_000


def test_nothing_but_the_settings_and_the_commands_knows_this_bank():
    """Adding a bank changes nothing outside its folder and the settings; commands name it to people."""
    root = Path(kabinet.__file__).parent
    knowing = {
        path.relative_to(root).parts[:2]
        for path in root.rglob("*.py")
        if "tbank" in path.read_text().lower()
        and path.relative_to(root).parts[:3] != ("payments", "gateways", "tbank")
    }

    assert knowing <= {("config", "settings.py"), ("config", "cli")}


def test_the_tills_numbers_reach_the_receipt_by_a_notification(bank, payer):
    merchant = payer[2]
    paid(bank, payer)
    receipt = FiscalReceipt.objects.get()
    assert (receipt.state, receipt.document_number) == ("sent", "")
    for told in bank.control("notifications"):
        take_notice(
            gateway_code="tbank",
            merchant_id=merchant.public_id,
            envelope=Envelope(json.dumps(told["fields"]).encode(), {}, "127.0.0.1"),
        )
    receipt.refresh_from_db()
    assert (receipt.state, receipt.storage_number) == ("registered", "9960440300000001")


def test_a_lost_address_of_the_banks_page_lets_the_payer_start_anew(bank, payer):
    """The bank tells the page once: what nobody can pay any more is given up, and nobody waits for it."""
    bank.control("faults", {"kind": "close", "method": "Init"})
    attempt = pressed(payer)
    assert attempt.state == AttemptState.CREATED
    later = NOW + CALL_LASTS
    assert check(attempt_id=attempt.pk, at=later) in {AttemptState.DECLINED, AttemptState.EXPIRED}
    assert bank.control("books")["taken"] == 0


def test_a_second_press_leaves_a_payment_alone_while_the_first_waits_for_its_answer(bank, payer):
    actor, account, _merchant = payer
    checkout_id = open_checkout(actor=actor, order=order(line(account)), at=NOW)
    attempt_id = begin(actor=actor, checkout_id=checkout_id, at=NOW)
    Attempt.objects.update(called_at=NOW)
    attempt = with_its_order(Attempt.objects.all()).get(pk=attempt_id)
    first = ask(attempt, order_of(attempt))

    assert pay(actor=actor, checkout_id=checkout_id, at=NOW) == attempt_id

    assert book(attempt, first, was_heard=False, at=NOW) is AttemptState.PENDING
    attempt.refresh_from_db()
    assert attempt.confirmation_url.startswith(f"{bank.url}/pay/")
    bank.pay(at_bank(attempt), card=GOOD)
    assert check(attempt_id=attempt_id, at=NOW) is AttemptState.SUCCEEDED
