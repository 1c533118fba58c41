from __future__ import annotations

import json

import pytest

GOOD = "2201382000000021"


@pytest.fixture
def paid(shop):
    number = shop.init("order-1")["PaymentId"]
    shop.pay(number, card=GOOD)
    return number


@pytest.fixture
def paid_by_sbp(shop):
    shop.control("settings", {"linger": 60})
    number = shop.init("order-2")["PaymentId"]
    shop.call("GetQr", PaymentId=number)
    shop.pay(number, sbp="pay")
    return number


def test_a_whole_refund(shop, paid, listener):
    answer = shop.call("Cancel", PaymentId=paid)

    assert (answer["Status"], answer["OriginalAmount"], answer["NewAmount"]) == (
        "REFUNDED",
        150_000,
        0,
    )
    assert shop.control("books") == {
        "payments": 1,
        "taken": 150_000,
        "returned": 150_000,
        "left": 0,
    }
    assert listener.statuses(3) == ["AUTHORIZED", "CONFIRMED", "REFUNDED"]


def test_refunds_in_parts_never_exceed_the_payment(shop, paid):
    first = shop.call("Cancel", PaymentId=paid, Amount=100_000)
    too_much = shop.call("Cancel", PaymentId=paid, Amount=50_001)
    rest = shop.call("Cancel", PaymentId=paid, Amount=50_000)

    assert (first["Status"], first["NewAmount"]) == ("PARTIAL_REFUNDED", 50_000)
    assert (too_much["Success"], too_much["ErrorCode"]) == (False, "330")
    assert (rest["Status"], rest["NewAmount"]) == ("REFUNDED", 0)
    assert shop.control("books")["left"] == 0


def test_the_same_external_number_returns_the_money_once(shop, paid):
    asked = {"PaymentId": paid, "Amount": 40_000, "ExternalRequestId": "refund-1"}

    first, again = shop.call("Cancel", **asked), shop.call("Cancel", **asked)
    other = shop.call("Cancel", **asked | {"ExternalRequestId": "refund-2"})

    assert again == first
    assert other["NewAmount"] == 70_000
    assert shop.control("books")["returned"] == 80_000


def test_an_sbp_refund_takes_a_while_and_does_not_know_the_external_number(shop, paid_by_sbp):
    """The service's documents say so of ExternalRequestId: it does not work for SBP."""
    asked = {"PaymentId": paid_by_sbp, "Amount": 40_000, "ExternalRequestId": "refund-1"}

    first = shop.call("Cancel", **asked)
    meanwhile = shop.call("Cancel", **asked)
    assert (first["Status"], first["NewAmount"]) == ("ASYNC_REFUNDING", 110_000)
    assert meanwhile["ErrorCode"] == "4"
    assert shop.control("books")["returned"] == 0

    shop.control("clock", {"seconds": 61})
    assert shop.call("GetState", PaymentId=paid_by_sbp)["Status"] == "PARTIAL_REFUNDED"
    assert shop.control("books")["returned"] == 40_000
    assert shop.call("Cancel", **asked)["Status"] == "ASYNC_REFUNDING"


def test_the_payers_bank_may_refuse_an_sbp_refund(shop, paid_by_sbp):
    shop.control("settings", {"refuse_sbp_refunds": True})
    shop.call("Cancel", PaymentId=paid_by_sbp, Amount=40_000)

    shop.control("clock", {"seconds": 61})

    state = shop.call("GetQrState", PaymentId=paid_by_sbp)
    assert (state["Status"], state["QrCancelCode"], state["Amount"]) == (
        "CONFIRMED",
        "I05043",
        40_000,
    )
    assert shop.control("books")["returned"] == 0


def test_a_session_not_paid_yet_is_canceled_and_can_be_paid_no_more(shop):
    number = shop.init("order-3")["PaymentId"]

    assert shop.call("Cancel", PaymentId=number)["Status"] == "CANCELED"

    status, _, _ = shop.request(
        "POST",
        f"/control/payments/{number}/pay",
        json.dumps({"card": GOOD}),
        {"Content-Type": "application/json"},
    )
    assert status == 400
    assert shop.control("books")["taken"] == 0


def test_a_hold_is_released(shop):
    number = shop.init("order-3", PayType="T")["PaymentId"]
    shop.pay(number, card=GOOD)

    assert shop.call("Cancel", PaymentId=number, Amount=50_000)["Status"] == "PARTIAL_REVERSED"
    assert shop.call("Cancel", PaymentId=number)["Status"] == "REVERSED"

    assert shop.control("books")["taken"] == 0
