"""A payment through the official SDK: how it opens, ends, is captured, cancelled and expires."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from yookassa import Payment
from yookassa.domain.exceptions import BadRequestError

from tests.sandbox.bank import samples
from tests.sandbox.bank.shop import ask

HOUR = 3600


def test_a_new_payment_waits_for_the_payer_on_the_banks_page(bank):
    payment = Payment.create(samples.payment(), "key-1")

    assert payment.status == "pending"
    assert (payment.paid, payment.refundable, payment.test) == (False, False, True)
    assert str(payment.amount.value) == "1243.56"
    assert payment.confirmation.confirmation_url == f"{bank.address}/checkout/{payment.id}"
    assert payment.confirmation.return_url == samples.RETURN_URL
    assert payment.metadata["attempt"] == "a1"
    assert payment.recipient.account_id == "100500"
    assert re.fullmatch(r"[0-9a-f-]{36}", payment.id)
    assert bank.get("/books")["movements"] == []


def test_times_are_utc_with_milliseconds(bank):
    created_at = Payment.create(samples.payment()).created_at

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", created_at)
    assert abs(datetime.fromisoformat(created_at) - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_paid_payment_tells_of_the_card_and_the_money(bank):
    payment = Payment.create(samples.payment())

    assert bank.pay(payment.id, "2200000000000004") == "succeeded"

    paid = Payment.find_one(payment.id)
    assert (paid.status, paid.paid, paid.refundable) == ("succeeded", True, True)
    assert paid.confirmation is None
    assert str(paid.income_amount.value) == "1200.04"
    assert paid.captured_at >= paid.created_at
    assert (paid.payment_method.type, paid.payment_method.saved) == ("bank_card", False)
    card = paid.payment_method.card
    assert (card.first6, card.last4, card.card_type) == ("220000", "0004", "Mir")
    assert (card.expiry_month, card.expiry_year) == ("12", "2049")
    assert paid.authorization_details.three_d_secure.applied is True
    assert re.fullmatch(r"\d{12}", paid.authorization_details.rrn)
    assert bank.get("/books")["totals"] == {"100500": {"charge": "1243.56", "refund": "0.00"}}


def test_sbp_gives_a_text_for_the_qr_and_tells_of_the_payers_bank(bank):
    payment = Payment.create(
        samples.payment(payment_method_data={"type": "sbp"}, confirmation={"type": "qr"})
    )

    text = payment.confirmation.confirmation_data
    assert re.fullmatch(
        re.escape(bank.address)
        + r"/sbp/AD[A-Z0-9]{30}\?type=02&bank=\d{12}&sum=124356&cur=RUB&crc=[0-9A-F]{4}",
        text,
    )
    assert bank.pay_by_sbp(payment.id) == "succeeded"
    method = Payment.find_one(payment.id).payment_method
    assert method.type == "sbp"
    assert re.fullmatch(r"[0-9A-F]{32}", method.sbp_operation_id)
    assert (method.payer_bank_details.bank_id, method.payer_bank_details.bic) == (
        "100000000901",
        "044525901",
    )


def test_a_payment_without_a_method_lets_the_payer_choose(bank):
    payment = Payment.create(samples.payment(payment_method_data=None))

    assert payment.payment_method is None
    assert bank.pay_by_sbp(payment.id) == "succeeded"
    assert Payment.find_one(payment.id).payment_method.type == "sbp"


def test_two_stages_hold_the_money_first_and_take_a_part_of_it(bank):
    payment = Payment.create(samples.payment("300.00", capture=False))

    assert bank.pay(payment.id) == "waiting_for_capture"
    held = Payment.find_one(payment.id)
    assert (held.paid, held.refundable, held.captured_at) == (True, False, None)
    assert held.expires_at > held.created_at
    assert bank.get("/books")["movements"] == []

    taken = Payment.capture(payment.id, {"amount": samples.money("250.00")}, "capture-1")
    assert (taken.status, str(taken.amount.value)) == ("succeeded", "250.00")
    assert Payment.capture(payment.id, {"amount": samples.money("250.00")}, "capture-1").id
    assert bank.get("/books")["totals"]["100500"]["charge"] == "250.00"


def test_held_money_may_be_given_back(bank):
    payment = Payment.create(samples.payment(capture=False))
    bank.pay(payment.id)

    canceled = Payment.cancel(payment.id)

    assert canceled.status == "canceled"
    details = canceled.cancellation_details
    assert (details.party, details.reason) == ("merchant", "canceled_by_merchant")
    assert bank.get("/books")["movements"] == []


@pytest.mark.parametrize("act", [Payment.cancel, Payment.capture])
def test_only_held_money_is_captured_or_given_back(bank, act):
    payment = Payment.create(samples.payment())

    with pytest.raises(BadRequestError):
        act(payment.id)
    bank.pay(payment.id)
    with pytest.raises(BadRequestError):
        act(payment.id)

    assert Payment.find_one(payment.id).status == "succeeded"


def test_an_abandoned_payment_is_pending_for_an_hour_and_then_expires(bank):
    payment = Payment.create(samples.payment())

    bank.post("/clock", seconds=HOUR - 10)
    assert Payment.find_one(payment.id).status == "pending"
    bank.post("/clock", seconds=20)

    expired = Payment.find_one(payment.id)
    assert expired.status == "canceled"
    details = expired.cancellation_details
    assert (details.party, details.reason) == ("yoo_money", "expired_on_confirmation")


def test_the_time_to_pay_is_a_switch(bank):
    bank.post("/settings", expiry_seconds=60)
    payment = Payment.create(samples.payment())

    bank.post("/clock", seconds=61)

    assert Payment.find_one(payment.id).status == "canceled"


def test_held_money_returns_when_the_shop_forgets_it(bank):
    payment = Payment.create(samples.payment(capture=False))
    bank.pay(payment.id)

    bank.post("/clock", seconds=7 * 24 * HOUR + 1)

    expired = Payment.find_one(payment.id)
    assert (expired.status, expired.cancellation_details.reason) == (
        "canceled",
        "expired_on_capture",
    )


def test_a_payment_left_before_the_code_expires_too(bank):
    payment = Payment.create(samples.payment())

    assert bank.pay(payment.id, "2200000000000004", code="none") == "pending"
    bank.post("/clock", seconds=HOUR + 1)

    assert Payment.find_one(payment.id).cancellation_details.reason == "expired_on_confirmation"


def test_a_long_check_outlives_the_time_to_pay_and_succeeds(bank):
    bank.post("/settings", long_pending_seconds=2 * HOUR)
    payment = Payment.create(samples.payment())

    assert bank.pay(payment.id, "2200000000001036") == "pending"
    bank.post("/clock", seconds=HOUR + 60)
    assert Payment.find_one(payment.id).status == "pending"
    bank.post("/clock", seconds=HOUR)

    assert Payment.find_one(payment.id).status == "succeeded"


WRONG = {
    "amount": {"amount": None},
    "amount.value": {"amount": {"value": "1243.5", "currency": "RUB"}},
    "amount.currency": {"amount": {"value": "1243.56", "currency": "USD"}},
    "description": {"description": "я" * 129},
    "confirmation": {"confirmation": None},
    "confirmation.type": {"confirmation": {"type": "embedded"}},
    "confirmation.return_url": {"confirmation": {"type": "redirect"}},
    "payment_method_data.type": {"payment_method_data": {"type": "sberbank"}},
    "metadata": {"metadata": {f"key{number}": "1" for number in range(17)}},
    "metadata.long": {"metadata": {"long": "1" * 513}},
    "merchant_customer_id": {"merchant_customer_id": "1" * 201},
    "client_ip": {"client_ip": "300.1.1.1"},
    "payment_method_id": {"payment_method_id": "unknown", "payment_method_data": None},
    "statements[0].delivery_method.email": {
        "statements": [
            {"type": "payment_overview", "delivery_method": {"type": "email", "email": "no"}}
        ]
    },
    "payment_token": {"payment_token": "token"},
    "save_payment_method": {"save_payment_method": "yes"},
}


@pytest.mark.parametrize(("parameter", "more"), WRONG.items(), ids=WRONG)
def test_a_wrong_field_is_named_and_nothing_is_made(bank, parameter, more):
    status, answer = ask(bank, "POST", "/payments", samples.payment(**more), key="k")

    assert (status, answer["type"], answer["code"]) == (400, "error", "invalid_request")
    assert answer["parameter"] == parameter
    assert answer["id"]
    assert answer["description"]
    assert bank.get("/books")["payments"] == []


LIMITS = [
    ("bank_card", "0.99", 400),
    ("bank_card", "1.00", 200),
    ("bank_card", "350000.00", 200),
    ("bank_card", "350000.01", 400),
    ("sbp", "700000.00", 200),
    ("sbp", "700000.01", 400),
]


@pytest.mark.parametrize(("method", "value", "status"), LIMITS)
def test_each_method_has_limits_of_the_sum(bank, method, value, status):
    request = samples.payment(value, payment_method_data={"type": method})

    assert ask(bank, "POST", "/payments", request, key="k")[0] == status


def test_card_data_are_not_taken_from_a_shop(bank):
    card = {"number": "2202474301322987", "expiry_year": "2049", "expiry_month": "12"}
    request = samples.payment(payment_method_data={"type": "bank_card", "card": card})

    status, answer = ask(bank, "POST", "/payments", request, key="k")

    assert (status, answer["code"]) == (403, "forbidden")


def test_a_method_switched_off_is_refused_and_the_other_works(bank):
    bank.post("/settings", methods={"bank_card": True, "sbp": False})

    with pytest.raises(BadRequestError) as refusal:
        Payment.create(samples.payment(payment_method_data={"type": "sbp"}))

    assert refusal.value.content["description"] == "Payment method is not available"
    assert Payment.create(samples.payment()).status == "pending"


def test_sbp_holds_no_money(bank):
    request = samples.payment(payment_method_data={"type": "sbp"}, capture=False)

    status, answer = ask(bank, "POST", "/payments", request, key="k")

    assert (status, answer["parameter"]) == (400, "capture")
