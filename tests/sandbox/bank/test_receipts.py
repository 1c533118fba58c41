"""Fiscal receipts and payment orders: checked with the payment, registered after it."""

from __future__ import annotations

import re

import pytest
from yookassa import Payment, Receipt, Refund, Settings
from yookassa.domain.exceptions import BadRequestError

from tests.sandbox.bank import samples
from tests.sandbox.bank.shop import RECEIPTS_SHOP, UTILITIES_SHOP, ask


def _paid(bank, **more):
    payment = Payment.create(samples.payment(receipt=samples.receipt(), **more))
    bank.pay(payment.id)
    return payment.id


def _receipts(payment_id):
    return Receipt.list({"payment_id": payment_id}).items


def test_a_receipt_is_registered_a_little_after_the_payment(receipts_bank):
    payment = Payment.create(samples.payment(receipt=samples.receipt()))
    assert payment.receipt_registration == "pending"
    assert _receipts(payment.id) == []
    receipts_bank.pay(payment.id)
    (sent,) = _receipts(payment.id)
    assert (sent.type, sent.status, sent.fiscal_document_number) == ("payment", "pending", None)

    receipts_bank.post("/clock", seconds=3)

    (registered,) = _receipts(payment.id)
    assert (registered.id, registered.status) == (sent.id, "succeeded")
    assert len(registered.id) == 39
    assert registered.fiscal_document_number == "1"
    assert re.fullmatch(r"\d{16}", registered.fiscal_storage_number)
    assert re.fullmatch(r"\d{10}", registered.fiscal_attribute)
    assert registered.registered_at > Payment.find_one(payment.id).captured_at
    assert registered.items[0].description == "Газоснабжение"
    assert str(registered.settlements[0].amount.value) == "1243.56"
    assert Payment.find_one(payment.id).receipt_registration == "succeeded"
    assert Receipt.find_one(registered.id).status == "succeeded"


def test_a_till_may_refuse_while_the_payment_stands(receipts_bank):
    receipts_bank.post("/settings", receipt_outcome="canceled")
    payment_id = _paid(receipts_bank)

    receipts_bank.post("/clock", seconds=3)

    payment = Payment.find_one(payment_id)
    assert (payment.status, payment.receipt_registration) == ("succeeded", "canceled")
    assert _receipts(payment_id)[0].status == "canceled"


def test_a_refused_payment_has_no_receipt(receipts_bank):
    payment = Payment.create(samples.payment(receipt=samples.receipt()))
    receipts_bank.pay(payment.id, "2200000000000053")

    assert Payment.find_one(payment.id).receipt_registration == "canceled"
    assert _receipts(payment.id) == []


def test_a_shop_with_a_till_must_send_a_receipt(receipts_bank):
    with pytest.raises(BadRequestError) as refusal:
        Payment.create(samples.payment())

    content = refusal.value.content
    assert (content["description"], content["parameter"]) == (
        "Receipt is missing or illegal",
        "receipt",
    )


def test_a_shop_without_a_till_sends_a_receipt_in_vain(bank):
    payment = Payment.create(samples.payment(receipt=samples.receipt()))

    assert payment.receipt_registration is None
    assert Settings.get_account_settings().fiscalization.enabled is False


def _receipt(**more):
    return samples.receipt(samples.item(**more))


WRONG = {
    "receipt.customer.email": samples.receipt(customer={"full_name": "Борис"}),
    "receipt.customer.phone": samples.receipt(customer={"phone": "+7 900 000-00-00"}),
    "receipt.items": samples.receipt(samples.item("1243.55")),
    "receipt.items[0].vat_code": _receipt(vat_code=13),
    "receipt.items[0].description": _receipt(description="я" * 129),
    "receipt.items[0].quantity": _receipt(quantity="0"),
    "receipt.items[0].payment_subject": _receipt(payment_subject="gas"),
    "receipt.items[0].payment_mode": _receipt(payment_mode="later"),
    "receipt.items[0].measure": _receipt(measure="bucket"),
    "receipt.items[0].agent_type": _receipt(agent_type="friend"),
    "receipt.items[0].supplier.inn": _receipt(supplier={"name": "Газ", "inn": "12"}),
    "receipt.tax_system_code": samples.receipt(tax_system_code=7),
    "receipt": {"customer": {"email": "boris@kabinet.example"}},
}


@pytest.mark.parametrize(("parameter", "receipt"), WRONG.items(), ids=WRONG)
def test_a_wrong_receipt_is_refused_by_its_field(bank, parameter, receipt):
    request = samples.payment(receipt=receipt)

    status, answer = ask(bank, "POST", "/payments", request, key="k", shop=RECEIPTS_SHOP)

    assert (status, answer["parameter"]) == (400, parameter)
    assert bank.get("/books")["payments"] == []


@pytest.mark.parametrize(("lines", "status"), [(80, 200), (81, 400)])
def test_a_receipt_has_eighty_lines_at_most(bank, lines, status):
    items = [samples.item("1.00")] * lines
    request = samples.payment(f"{lines}.00", receipt=samples.receipt(*items))

    assert ask(bank, "POST", "/payments", request, key="k", shop=RECEIPTS_SHOP)[0] == status


def test_the_price_of_a_line_is_of_one_unit(bank):
    line = samples.item("7.33", quantity="12.345", measure="cubic_meter")
    request = samples.payment("90.49", receipt=samples.receipt(line))

    assert ask(bank, "POST", "/payments", request, key="k", shop=RECEIPTS_SHOP)[0] == 200


def test_a_whole_refund_repeats_the_receipt_and_a_part_needs_its_own(receipts_bank):
    payment_id = _paid(receipts_bank)
    part = {"payment_id": payment_id, "amount": samples.money("43.56")}
    with pytest.raises(BadRequestError):
        Refund.create(part)
    other = _paid(receipts_bank)
    Refund.create({"payment_id": other, "amount": samples.money("1243.56")})

    refund = Refund.create({**part, "receipt": samples.receipt(samples.item("43.56"))})
    receipts_bank.post("/clock", seconds=3)

    assert Refund.find_one(refund.id).receipt_registration == "succeeded"
    (receipt,) = Receipt.list({"refund_id": refund.id}).items
    assert (receipt.type, receipt.refund_id) == ("refund", refund.id)
    assert len(Receipt.list({"limit": 100}).items) == 4


def test_a_receipt_may_follow_by_itself(receipts_bank):
    payment_id = _paid(receipts_bank)
    request = {
        "type": "payment",
        "payment_id": payment_id,
        "send": True,
        "customer": {"phone": "79000000000"},
        "items": [samples.item("1243.56", payment_mode="full_payment")],
        "settlements": [{"type": "prepayment", "amount": samples.money("1243.56")}],
        "tax_system_code": 1,
    }

    receipt = Receipt.create(request, "receipt-1")
    assert Receipt.create(request, "receipt-1").id == receipt.id
    receipts_bank.post("/clock", seconds=3)

    assert Receipt.find_one(receipt.id).status == "succeeded"
    assert sorted(one.fiscal_document_number for one in _receipts(payment_id)) == ["1", "2"]


def test_settlements_must_add_up_to_the_items(receipts_bank):
    payment_id = _paid(receipts_bank)
    request = {
        "type": "payment",
        "payment_id": payment_id,
        "send": True,
        "customer": {"phone": "79000000000"},
        "items": [samples.item("10.00")],
        "settlements": [{"type": "prepayment", "amount": samples.money("9.99")}],
    }

    with pytest.raises(BadRequestError) as refusal:
        Receipt.create(request)

    assert refusal.value.content["parameter"] == "settlements"


def _order(bank, **more):
    request = samples.payment(payment_order=samples.payment_order(**more))
    return ask(bank, "POST", "/payments", request, key="k", shop=UTILITIES_SHOP)


def test_a_utilities_shop_must_send_a_payment_order(bank):
    status, answer = ask(bank, "POST", "/payments", samples.payment(), key="k", shop=UTILITIES_SHOP)
    assert (status, answer["parameter"]) == (400, "payment_order")

    assert _order(bank)[0] == 200
    assert bank.get("/books")["payments"][0]["payment_order"]["account_number"] == "4400017"


WRONG_ORDERS = {
    "payment_order.type": {"type": "taxes"},
    "payment_order.amount.value": {"amount": samples.money("1243.55")},
    "payment_order.payment_purpose": {"payment_purpose": "я" * 211},
    "payment_order.kbk": {"kbk": "123"},
    "payment_order.oktmo": {"oktmo": "123"},
    "payment_order.payment_period.month": {"payment_period": {"month": 13, "year": 2026}},
    "payment_order.payment_period.year": {"payment_period": {"month": 1, "year": 2051}},
    "payment_order.account_number": {"account_number": None},
    "payment_order.payment_document_id": {"payment_document_id": "123"},
    "payment_order.unified_account_number": {"unified_account_number": "123456789"},
    "payment_order.service_id": {"service_id": "123"},
    "payment_order.recipient": {"recipient": None},
    "payment_order.recipient.inn": {"recipient": {"name": "Газ", "inn": "123"}},
}


@pytest.mark.parametrize(("parameter", "more"), WRONG_ORDERS.items(), ids=WRONG_ORDERS)
def test_a_wrong_payment_order_is_refused_by_its_field(bank, parameter, more):
    status, answer = _order(bank, **more)

    assert (status, answer["parameter"]) == (400, parameter)
