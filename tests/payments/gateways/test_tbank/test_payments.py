"""What is T-Bank's own behind the common Protocol: payments, SBP, answers that are none."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import (
    GatewayRefused,
    GatewayUnavailable,
    GatewayUnknown,
    MerchantAccess,
    Page,
    TruthState,
)
from tests.payments.gateways.test_tbank.orders import (
    GOOD,
    KEY,
    MERCHANT,
    POOR,
    SLOW,
    WITH_CODE,
    number,
    order,
    taken,
)


def test_a_page_payment_from_the_order_to_the_money(bank, gateway):
    asked = order()

    opened = gateway.create(MERCHANT, asked)
    assert (opened.state, opened.ref, opened.amount) == (
        TruthState.PENDING,
        asked.ref,
        asked.amount,
    )
    assert opened.confirmation_url.startswith(f"{bank.url}/pay/")
    left = opened.expires_at - datetime.now(UTC)
    assert timedelta(minutes=19) < left <= timedelta(minutes=20)
    bank.pay(number(opened), card=WITH_CODE)

    truth = gateway.fetch(MERCHANT, opened.acquirer_id)
    assert (truth.state, truth.amount, truth.ref, truth.cause) == (
        TruthState.SUCCEEDED,
        asked.amount,
        asked.ref,
        None,
    )
    assert taken(bank) == 150_050


def test_the_bank_ends_the_session_after_twenty_minutes(bank, gateway):
    opened = gateway.create(MERCHANT, order())

    bank.control("clock", {"seconds": 20 * 60 + 1})

    truth = gateway.fetch(MERCHANT, opened.acquirer_id)
    assert (truth.state, truth.cause) == (TruthState.CANCELED, Cause.SESSION_OVER)


@pytest.mark.parametrize(
    ("card", "cause", "reason"),
    [
        (POOR, Cause.NO_MONEY, "REJECTED 1051"),
        ("2201382000000039", Cause.CARD_BLOCKED, "REJECTED 1041"),
        ("2201382000000047", Cause.CARD_EXPIRED, "REJECTED 1054"),
        ("2201382000000054", Cause.CARD_DETAILS, "REJECTED 1082"),
        ("2201382000000062", Cause.LIMIT, "REJECTED 1013"),
        ("2201382000000070", Cause.CALL_ISSUER, "REJECTED 1005"),
        ("2201382000000088", Cause.SUSPECTED, "REJECTED 1059"),
        ("4000000000000994", Cause.CARD_FOREIGN, "REJECTED 76"),
        ("4300000000000017", Cause.BANK_DOWN, "REJECTED 1096"),
        ("2201382000000096", Cause.CODE_FAILED, "REJECTED 101"),
    ],
)
def test_why_a_card_was_refused_in_our_words(bank, gateway, card, cause, reason):
    opened = gateway.create(MERCHANT, order())
    bank.pay(number(opened), card=card)

    truth = gateway.fetch(MERCHANT, opened.acquirer_id)

    assert (truth.state, truth.cause, truth.reason) == (TruthState.CANCELED, cause, reason)


def test_a_refusal_is_known_even_when_its_reason_cannot_be_learned(bank, gateway):
    opened = gateway.create(MERCHANT, order())
    bank.pay(number(opened), card=POOR)
    bank.control("faults", {"kind": "status", "method": "CheckOrder"})

    truth = gateway.fetch(MERCHANT, opened.acquirer_id)

    assert (truth.state, truth.cause) == (TruthState.CANCELED, Cause.OTHER)


def test_a_payment_still_checked_by_the_bank_is_under_way(bank, gateway):
    opened = gateway.create(MERCHANT, order())
    bank.pay(number(opened), card=SLOW)
    assert gateway.fetch(MERCHANT, opened.acquirer_id).state is TruthState.PENDING

    bank.control("clock", {"seconds": 21})

    assert gateway.fetch(MERCHANT, opened.acquirer_id).state is TruthState.SUCCEEDED


def test_an_order_asked_for_again_is_the_same_payment_that_can_still_be_paid(bank, gateway):
    asked = order()
    first = gateway.create(MERCHANT, asked)

    again = gateway.create(MERCHANT, asked)

    assert (again.acquirer_id, again.state, again.amount) == (
        first.acquirer_id,
        TruthState.PENDING,
        asked.amount,
    )
    # The bank tells a page's address once; who lost it has to give the payment up.
    assert again.confirmation_url == ""
    bank.pay(number(first), card=GOOD)
    assert gateway.create(MERCHANT, asked).state is TruthState.SUCCEEDED
    assert taken(bank) == 150_050


def test_a_payment_whose_page_nobody_opened_is_given_up(bank, gateway):
    opened = gateway.create(MERCHANT, order())

    truth = gateway.cancel(MERCHANT, opened.acquirer_id, key="key")

    assert (truth.state, truth.cause) == (TruthState.CANCELED, Cause.CANCELED)
    assert taken(bank) == 0


@pytest.mark.parametrize("how", [{"card": GOOD}, {"sbp": "pay"}])
def test_giving_up_never_returns_money_that_was_taken(bank, gateway, how):
    opened = gateway.create(MERCHANT, order())
    bank.pay(number(opened), **how)

    truth = gateway.cancel(MERCHANT, opened.acquirer_id, key="key")

    assert (truth.state, truth.refunded) == (TruthState.SUCCEEDED, Money.zero())
    assert taken(bank) == 150_050


def test_a_payment_is_found_by_our_number(bank, gateway):
    asked = order()
    since = datetime.now(UTC)
    assert gateway.find(MERCHANT, asked.ref, since=since) is None
    opened = gateway.create(MERCHANT, asked)
    assert gateway.find(MERCHANT, asked.ref, since=since).acquirer_id == opened.acquirer_id
    bank.pay(number(opened), card=POOR)

    truth = gateway.find(MERCHANT, asked.ref, since=since)

    assert (truth.state, truth.cause, truth.ref) == (
        TruthState.CANCELED,
        Cause.NO_MONEY,
        asked.ref,
    )


def test_unknown_payments_and_bindings(bank, gateway):
    with pytest.raises(GatewayUnknown):
        gateway.fetch(MERCHANT, "12345-100")
    with pytest.raises(GatewayUnknown):
        gateway.fetch_binding(MERCHANT, "nothing")
    with pytest.raises(GatewayUnknown):
        gateway.fetch_refund(MERCHANT, "12345-100", f"{uuid.uuid4().hex}-100")


def test_a_wrong_password_is_no_answer_about_the_money(bank, gateway):
    asked = order()
    stranger = MerchantAccess(1, KEY, "another")

    with pytest.raises(GatewayUnavailable):
        gateway.create(stranger, asked)

    assert bank.control("payments") == []
    gateway.create(MERCHANT, asked)
    assert len(bank.control("payments")) == 1


def test_a_sum_the_bank_does_not_take_is_refused(bank, gateway):
    with pytest.raises(GatewayRefused) as refused:
        gateway.create(MERCHANT, order(amount=Money(Decimal("0.99"))))

    assert refused.value.cause is Cause.TOO_SMALL
    assert bank.control("payments") == []


def test_an_sbp_payment_has_one_code_however_often_asked(bank, gateway):
    asked = order(page=Page.SBP)

    first, again = gateway.create(MERCHANT, asked), gateway.create(MERCHANT, asked)

    assert (first.sbp_payload, first.confirmation_url) == (again.sbp_payload, "")
    assert "type=02" in first.sbp_payload
    bank.pay(number(first), sbp="pay")
    truth = gateway.fetch(MERCHANT, first.acquirer_id)
    assert (truth.state, truth.means.is_sbp, truth.means.token) == (
        TruthState.SUCCEEDED,
        True,
        "",
    )


def test_an_sbp_code_that_the_bank_will_not_give_leaves_nothing_behind(bank, gateway):
    with pytest.raises(GatewayRefused) as refused:
        gateway.create(MERCHANT, order(page=Page.SBP, amount=Money(Decimal("9.99"))))

    assert refused.value.cause is Cause.TOO_SMALL
    assert [one["status"] for one in bank.control("payments")] == ["CANCELED"]


def test_an_sbp_refusal_of_the_payers_bank(bank, gateway):
    opened = gateway.create(MERCHANT, order(page=Page.SBP))
    bank.pay(number(opened), sbp="no-money")

    truth = gateway.fetch(MERCHANT, opened.acquirer_id)

    assert (truth.state, truth.cause) == (TruthState.CANCELED, Cause.NO_MONEY)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 429},
        {"kind": "status", "status": 202},
        {"kind": "garbage"},
        {"kind": "close"},
        {"kind": "slow", "seconds": 2},
        {"kind": "trickle", "seconds": 0.01},
    ],
    ids=lambda fault: f"{fault['kind']}{fault.get('status', '')}",
)
def test_an_answer_lost_after_the_order_was_taken_makes_no_second_payment(bank, gateway, fault):
    asked = order()
    bank.control("faults", fault | {"method": "Init"})
    with pytest.raises(GatewayUnavailable):
        gateway.create(MERCHANT, asked)

    truth = gateway.create(MERCHANT, asked)

    assert [one["id"] for one in bank.control("payments")] == [number(truth)]
    assert gateway.find(MERCHANT, asked.ref, since=datetime.now(UTC)).acquirer_id == (
        truth.acquirer_id
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"Success": True, "ErrorCode": "0", "Status": "CONFIRMED", "PaymentId": "1", "Amount": 1.5},
        {"Success": True, "ErrorCode": "0", "Status": "SOMETHING", "PaymentId": "1", "Amount": 100},
        {"Success": True, "ErrorCode": "0", "Status": "CONFIRMED", "PaymentId": "2", "Amount": 100},
        {"Success": True, "ErrorCode": "1051", "Status": "CONFIRMED", "PaymentId": "1"},
        {"Success": False, "ErrorCode": "0"},
        {"Success": False, "ErrorCode": "9999"},
        {"Status": "CONFIRMED", "PaymentId": "1", "Amount": 100},
        {},
        [],
    ],
)
def test_an_answer_other_than_documented_is_no_answer(monkeypatch, gateway, settings, answer):
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    content = json.dumps(answer).encode()

    class Odd(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Odd) as server:
        Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        settings.TBANK_URL = f"http://127.0.0.1:{server.server_address[1]}/v2"
        with pytest.raises(GatewayUnavailable):
            gateway.fetch(MERCHANT, "1-100")
        server.shutdown()


def test_the_bank_cannot_list_and_says_so(gateway):
    now = datetime.now(UTC)

    assert gateway.abilities.listing is False
    with pytest.raises(GatewayRefused):
        gateway.list_day(MERCHANT, since=now, until=now)
    assert gateway.fetch_receipt(MERCHANT, "1", of_refund=False) is None
