"""One key makes one object, however often and at once it comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from yookassa import Payment, Refund

from tests.sandbox.bank import samples
from tests.sandbox.bank.shop import UTILITIES_SHOP, ask

DAY = 24 * 3600


def test_the_same_key_and_request_give_the_same_payment(bank):
    first = Payment.create(samples.payment(), "key-1")
    second = Payment.create(samples.payment(), "key-1")

    assert dict(second) == dict(first)
    assert len(bank.get("/books")["payments"]) == 1


def test_a_repeat_tells_the_present_state_of_the_payment(bank):
    payment = Payment.create(samples.payment(), "key-1")
    bank.pay(payment.id)

    assert Payment.create(samples.payment(), "key-1").status == "succeeded"


def test_the_order_of_fields_is_no_other_request(bank):
    request = samples.payment()
    turned = dict(reversed(request.items()))

    first = ask(bank, "POST", "/payments", request, key="key-1")[1]["id"]

    assert ask(bank, "POST", "/payments", turned, key="key-1")[1]["id"] == first


def test_the_same_key_with_another_request_is_refused(bank):
    Payment.create(samples.payment(), "key-1")

    status, answer = ask(bank, "POST", "/payments", samples.payment("1.00"), key="key-1")

    assert (status, answer["code"]) == (400, "invalid_request")
    assert (answer["description"], answer["parameter"]) == (
        "Idempotence key duplicated",
        "Idempotence-Key",
    )
    assert len(bank.get("/books")["payments"]) == 1


def test_another_key_makes_another_payment(bank):
    assert Payment.create(samples.payment(), "key-1").id != Payment.create(samples.payment()).id


def test_each_shop_has_keys_of_its_own(bank):
    request = samples.payment(payment_order=samples.payment_order())
    own = ask(bank, "POST", "/payments", request, key="key-1")[1]["id"]

    status, answer = ask(bank, "POST", "/payments", request, key="key-1", shop=UTILITIES_SHOP)

    assert status == 200
    assert answer["id"] != own


def test_a_refusal_uses_no_key_up(bank):
    assert ask(bank, "POST", "/payments", samples.payment("0.10"), key="key-1")[0] == 400

    assert ask(bank, "POST", "/payments", samples.payment(), key="key-1")[0] == 200


def test_a_key_is_forgotten_after_a_day(bank):
    first = Payment.create(samples.payment(), "key-1").id
    bank.post("/clock", seconds=DAY - 60)
    assert Payment.create(samples.payment(), "key-1").id == first

    bank.post("/clock", seconds=120)

    assert Payment.create(samples.payment(), "key-1").id != first


def test_fifty_at_once_make_one_charge(bank):
    saved = Payment.create(samples.payment(save_payment_method=True))
    bank.pay(saved.id)
    request = samples.by_saved(saved.id, "10.00")

    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(lambda _time: ask(bank, "POST", "/payments", request, key="key-1"), range(50))
        )

    assert {(status, answer["status"]) for status, answer in answers} == {(200, "succeeded")}
    assert len({answer["id"] for _status, answer in answers}) == 1
    assert [row["amount"] for row in bank.get("/books")["movements"]] == ["1243.56", "10.00"]


def test_a_repeated_refund_returns_money_once(bank):
    payment = Payment.create(samples.payment())
    bank.pay(payment.id)
    request = {"payment_id": payment.id, "amount": samples.money("100.00")}

    first, second = Refund.create(request, "refund-1"), Refund.create(request, "refund-1")

    assert first.id == second.id
    assert bank.get("/books")["totals"]["100500"]["refund"] == "100.00"


def test_a_key_is_compulsory_and_short(bank):
    missing = ask(bank, "POST", "/payments", samples.payment())
    long = ask(bank, "POST", "/payments", samples.payment(), key="k" * 65)

    assert [status for status, _answer in (missing, long)] == [400, 400]
    assert {answer["parameter"] for _status, answer in (missing, long)} == {"Idempotence-Key"}
    assert ask(bank, "POST", "/payments", samples.payment(), key="k" * 64)[0] == 200
