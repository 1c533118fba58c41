"""Answers other than 200, ordered troubles included: what was done and what was not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from yookassa import Payment, Refund
from yookassa.domain.exceptions import (
    ForbiddenError,
    GoneError,
    InternalServerError,
    NotFoundError,
    ResponseProcessingError,
    TooManyRequestsError,
    UnauthorizedError,
)

from tests.sandbox.bank import samples
from tests.sandbox.bank.shop import UTILITIES_SHOP, ask

NOBODY = "22e12f66-000f-5000-8000-18db351245c7"


def _payments(bank):
    return len(bank.get("/books")["payments"])


@pytest.mark.parametrize(
    ("shop", "secret"), [("100500", "wrong"), ("999", "test_secret"), ("", "")]
)
def test_a_wrong_key_is_refused(bank, shop, secret):
    status, answer = ask(bank, "GET", "/me", shop=shop, secret=secret)

    assert (status, answer["code"], answer["parameter"]) == (
        401,
        "invalid_credentials",
        "Authorization",
    )


def test_the_sdk_raises_what_the_status_means(bank, monkeypatch):
    monkeypatch.setattr("yookassa.Configuration.secret_key", "wrong")

    with pytest.raises(UnauthorizedError):
        Payment.find_one(NOBODY)


@pytest.mark.parametrize("path", ["payments", "refunds", "receipts", "payment_methods"])
def test_an_unknown_object_is_not_found(bank, path):
    status, answer = ask(bank, "GET", f"/{path}/{NOBODY}")

    assert (status, answer["code"]) == (404, "not_found")


def test_another_shops_payment_is_not_found(bank):
    request = samples.payment(payment_order=samples.payment_order())
    theirs = ask(bank, "POST", "/payments", request, key="k", shop=UTILITIES_SHOP)[1]["id"]
    assert ask(bank, "GET", f"/payments/{theirs}", shop=UTILITIES_SHOP)[0] == 200

    with pytest.raises(NotFoundError):
        Payment.find_one(theirs)
    assert ask(bank, "POST", f"/payments/{theirs}/capture", key="c")[0] == 404
    refund = {"payment_id": theirs, "amount": samples.money("1.00")}
    assert ask(bank, "POST", "/refunds", refund, key="r")[0] == 400


def test_a_removed_payment_is_gone(bank):
    payment = Payment.create(samples.payment())
    bank.post("/forget", payment_id=payment.id)

    with pytest.raises(GoneError):
        Payment.find_one(payment.id)


def test_a_closed_shop_is_forbidden(bank):
    bank.post("/settings", closed_shops=["100500"])

    with pytest.raises(ForbiddenError):
        Payment.create(samples.payment())


def test_wrong_ways_of_asking_are_told_apart(bank):
    payment = Payment.create(samples.payment())
    asked = {
        "method": ask(bank, "DELETE", f"/payments/{payment.id}"),
        "get of an act": ask(bank, "GET", f"/payments/{payment.id}/cancel"),
        "post to an object": ask(bank, "POST", f"/payments/{payment.id}", key="k"),
        "type": ask(
            bank,
            "POST",
            "/payments",
            samples.payment(),
            key="k",
            headers={"Content-Type": "text/plain"},
        ),
        "json": ask(bank, "POST", "/payments", "{", key="k"),
        "list": ask(bank, "POST", "/payments", "[]", key="k"),
        "address": ask(bank, "GET", "/invoices"),
    }

    assert {name: status for name, (status, _answer) in asked.items()} == {
        "method": 405,
        "get of an act": 405,
        "post to an object": 405,
        "type": 415,
        "json": 400,
        "list": 400,
        "address": 404,
    }


def test_a_saved_method_cannot_be_deleted_for_the_real_api_has_no_such_request(bank):
    saved = Payment.create(samples.payment(save_payment_method=True))
    bank.pay(saved.id)

    assert ask(bank, "DELETE", f"/payment_methods/{saved.id}", key="k")[0] == 405


def test_the_limit_of_requests_is_a_switch(bank):
    bank.post("/settings", rate_limit=3)

    answers = [ask(bank, "GET", "/me")[0] for _time in range(8)]

    assert answers[0] == 200
    assert 429 in answers


TROUBLES = {
    "processing": ResponseProcessingError,
    "too_many_requests": TooManyRequestsError,
    "internal_server_error": InternalServerError,
    "garbage": ValueError,
    "closed": AttributeError,  # the SDK loses the cause: it asks a missing answer for its status
}


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize(("kind", "error"), TROUBLES.items(), ids=TROUBLES)
def test_a_trouble_comes_before_or_after_the_deed(bank, kind, error, done):
    bank.post("/faults", kind=kind, done=done)

    with pytest.raises(error):
        Payment.create(samples.payment(), "key-1")
    assert _payments(bank) == int(done)

    assert Payment.create(samples.payment(), "key-1").status == "pending"
    assert _payments(bank) == 1


def test_a_saved_card_is_charged_once_though_the_connection_was_closed_after_taking_the_money(bank):
    saved = Payment.create(samples.payment(save_payment_method=True))
    bank.pay(saved.id)
    bank.post("/faults", kind="closed", done=True, count=3)

    for _time in range(3):
        with pytest.raises(AttributeError):
            Payment.create(samples.by_saved(saved.id, "10.00"), "key-1")

    assert Payment.create(samples.by_saved(saved.id, "10.00"), "key-1").status == "succeeded"
    assert bank.get("/books")["totals"]["100500"]["charge"] == "1253.56"


def test_processing_says_when_to_come_again(bank):
    bank.post("/faults", kind="processing")

    status, answer = ask(bank, "POST", "/payments", samples.payment(), key="k")

    assert (status, answer["type"], answer["retry_after"]) == (202, "processing", 1800)


def test_a_slow_answer_keeps_nobody_else_waiting(bank):
    payment = Payment.create(samples.payment())
    bank.post("/faults", kind="slow", seconds=2, method="POST")

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(Payment.create, samples.payment())
        assert Payment.find_one(payment.id).status == "pending"
        assert not slow.done()
        assert slow.result().status == "pending"


def test_troubles_are_for_the_requests_they_name_and_as_many_as_ordered(bank):
    bank.post("/faults", kind="internal_server_error", count=2, path="/v3/refunds")
    payment = Payment.create(samples.payment())
    bank.pay(payment.id)
    refund = {"payment_id": payment.id, "amount": samples.money("1.00")}

    for _time in range(2):
        with pytest.raises(InternalServerError):
            Refund.create(refund, "refund-1")

    assert Refund.create(refund, "refund-1").status == "succeeded"


def test_the_bank_notes_who_asked_for_what(bank):
    payment = Payment.create(samples.payment(), "key-1")
    bank.post("/faults", kind="closed")
    with pytest.raises(AttributeError):
        Payment.find_one(payment.id)

    assert bank.get("/requests")["requests"] == [
        {"method": "POST", "path": "/v3/payments", "key": "key-1", "status": 200},
        {"method": "GET", "path": f"/v3/payments/{payment.id}", "key": "", "status": 0},
    ]
