"""Money goes back in parts and never more than was paid."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from yookassa import Payment, Refund
from yookassa.domain.exceptions import BadRequestError

from tests.sandbox.bank import samples
from tests.sandbox.bank.shop import ask


@pytest.fixture
def paid(bank):
    payment = Payment.create(samples.payment("300.00"))
    bank.pay(payment.id)
    return payment.id


def _back(payment_id, value, **more):
    return Refund.create({"payment_id": payment_id, "amount": samples.money(value), **more})


def test_parts_go_back_until_nothing_is_left(bank, paid):
    first = _back(paid, "100.00", description="Ошибка в счёте", metadata={"refund": "r1"})
    partly = Payment.find_one(paid)
    second = _back(paid, "200.00")
    wholly = Payment.find_one(paid)

    assert (first.status, second.status) == ("succeeded", "succeeded")
    assert (first.description, first.metadata) == ("Ошибка в счёте", {"refund": "r1"})
    assert (str(partly.refunded_amount.value), partly.refundable) == ("100.00", True)
    assert (str(wholly.refunded_amount.value), wholly.refundable) == ("300.00", False)
    assert Refund.find_one(first.id).payment_id == paid
    assert bank.get("/books")["totals"] == {"100500": {"charge": "300.00", "refund": "300.00"}}


def test_more_than_is_left_is_refused_and_nothing_moves(bank, paid):
    _back(paid, "299.99")

    with pytest.raises(BadRequestError) as refusal:
        _back(paid, "0.02")

    assert refusal.value.content["parameter"] == "amount.value"
    assert bank.get("/books")["totals"]["100500"]["refund"] == "299.99"
    assert _back(paid, "0.01").status == "succeeded"


def test_at_once_no_more_goes_back_than_was_paid(bank, paid):
    request = {"payment_id": paid, "amount": samples.money("100.00")}
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda number: ask(bank, "POST", "/refunds", request, key=f"refund-{number}"),
                range(8),
            )
        )

    assert sorted(status for status, _answer in answers) == [200] * 3 + [400] * 5
    assert bank.get("/books")["totals"]["100500"]["refund"] == "300.00"


def test_an_unpaid_payment_has_nothing_to_give_back(bank):
    payment = Payment.create(samples.payment())

    with pytest.raises(BadRequestError) as refusal:
        _back(payment.id, "1.00")

    assert refusal.value.content["parameter"] == "payment_id"


def test_a_refund_may_take_its_time(bank, paid):
    bank.post("/settings", refund_seconds=3600)
    refund = _back(paid, "300.00")

    assert refund.status == "pending"
    assert Payment.find_one(paid).refundable is False
    with pytest.raises(BadRequestError):
        _back(paid, "1.00")
    assert bank.get("/books")["totals"]["100500"]["refund"] == "0.00"

    bank.post("/clock", seconds=3601)

    assert Refund.find_one(refund.id).status == "succeeded"
    assert bank.get("/books")["totals"]["100500"]["refund"] == "300.00"


def test_a_refund_may_fail_and_the_money_stays_with_the_shop(bank, paid):
    bank.post("/settings", refund_outcome="insufficient_funds")
    refund = _back(paid, "300.00")

    assert refund.status == "canceled"
    details = refund.cancellation_details
    assert (details.party, details.reason) == ("refund_network", "insufficient_funds")
    assert Payment.find_one(paid).refundable is True
    assert bank.get("/books")["totals"]["100500"]["refund"] == "0.00"

    bank.post("/settings", refund_outcome="succeeded")
    assert _back(paid, "300.00").status == "succeeded"


def test_sbp_refund_names_its_operation(bank):
    payment = Payment.create(samples.payment(payment_method_data={"type": "sbp"}))
    bank.pay_by_sbp(payment.id)

    refund = _back(payment.id, "1.00")

    assert refund.refund_method.type == "sbp"
    assert len(refund.refund_method.sbp_operation_id) == 32
