"""T-Bank: receipts inside payments, signed notifications."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest

from kabinet.kernel.money import Money
from kabinet.payments.enums import TaxSystem, VatCode
from kabinet.payments.gateways.base import (
    GatewayRefused,
    MerchantAccess,
    NoticeKind,
    NoticeRefused,
    ReceiptLine,
    ReceiptMode,
    ReceiptOrder,
    ReceiptSubject,
    TruthState,
)
from kabinet.payments.gateways.tbank.tokens import token_of
from sandbox.tbank.books import Terminal
from sandbox.tbank.server import Sandbox
from tests.payments.gateways.test_tbank.orders import (
    GOOD,
    KEY,
    MERCHANT,
    PASSWORD,
    WITH_CODE,
    number,
    order,
    refund_of,
    taken,
)
from tests.sandbox.tbank.shop import Shop

SUPPLIER = {"Name": "ООО «Поставщик»", "Inn": "7707083893", "Phones": ["+78462001010"]}


def receipt(*lines, **changes):
    return replace(
        ReceiptOrder("a@example.com", "79161234567", TaxSystem.GENERAL, lines), **changes
    )


def line(amount, **changes):
    made = ReceiptLine(
        "Газ, октябрь 2026",
        Money(Decimal(amount)),
        VatCode.TWENTY_TWO,
        ReceiptSubject.SERVICE,
        ReceiptMode.FULL,
        "ООО «Поставщик»",
        "7707083893",
        "78462001010",
    )
    return replace(made, **changes)


def test_the_receipt_travels_with_the_payment_and_adds_up(bank, gateway):
    advance = line(
        "500.50",
        vat=VatCode.TWENTY_TWO_OF,
        subject=ReceiptSubject.PAYMENT,
        mode=ReceiptMode.ADVANCE,
    )

    gateway.create(MERCHANT, order(receipt=receipt(line("1000.00"), advance, is_agent=True)))

    (kept,) = bank.control("payments")
    assert kept["receipt"] == {
        "FfdVersion": "1.05",
        "Taxation": "osn",
        "Email": "a@example.com",
        "Phone": "+79161234567",
        "Items": [
            {
                "Name": "Газ, октябрь 2026",
                "Price": 100_000,
                "Quantity": 1,
                "Amount": 100_000,
                "Tax": "vat22",
                "PaymentMethod": "full_payment",
                "PaymentObject": "service",
                "AgentData": {"AgentSign": "another"},
                "SupplierInfo": SUPPLIER,
            },
            {
                "Name": "Газ, октябрь 2026",
                "Price": 50_050,
                "Quantity": 1,
                "Amount": 50_050,
                "Tax": "vat122",
                "PaymentMethod": "advance",
                "PaymentObject": "payment",
                "AgentData": {"AgentSign": "another"},
                "SupplierInfo": SUPPLIER,
            },
        ],
    }


@pytest.mark.parametrize("vat", VatCode)
@pytest.mark.parametrize("tax_system", TaxSystem)
def test_the_till_takes_every_rate_and_system_of_ours(bank, gateway, vat, tax_system):
    asked = receipt(line("1500.50", vat=vat), tax_system=tax_system)

    assert gateway.create(MERCHANT, order(receipt=asked)).state is TruthState.PENDING


def test_a_receipt_that_does_not_add_up_stops_the_payment(bank, gateway):
    with pytest.raises(GatewayRefused):
        gateway.create(MERCHANT, order(receipt=receipt(line("1500.49"))))

    assert bank.control("payments") == []


def test_a_partial_refund_names_what_is_returned(bank, gateway):
    asked = order(receipt=receipt(line("1000.00"), line("500.50")))
    opened = gateway.create(MERCHANT, asked)
    bank.pay(number(opened), card=GOOD)

    back = refund_of(opened.acquirer_id, asked, "500.50", receipt=receipt(line("500.50")))

    assert gateway.refund(MERCHANT, back).state is TruthState.SUCCEEDED
    wrong = refund_of(opened.acquirer_id, asked, "100.00", receipt=receipt(line("99.00")))
    with pytest.raises(GatewayRefused):
        gateway.refund(MERCHANT, wrong)
    assert taken(bank) == 100_000


def read(gateway, body, merchant=MERCHANT):
    return gateway.read_notice(merchant, body=body, headers={}, address="127.0.0.1")


def test_the_signature_is_that_of_the_banks_own_examples():
    fields = {
        "TerminalKey": "1321054611234DEMO",
        "OrderId": "201709",
        "Success": True,
        "Status": "AUTHORIZED",
        "PaymentId": 8742591,
        "ErrorCode": "0",
        "Amount": 9855,
        "CardId": 322264,
        "Pan": "430000******0777",
        "ExpDate": "1122",
        "RebillId": 101709,
        "Receipt": {"takes": "no part"},
        "Details": None,
    }

    expected = "b906d28e76c6428e37b25fcf86c0adc52c63d503013fdd632e300593d165766b"
    assert token_of(fields, "Dfsfh56dgKl") == expected


def notices_of(bank):
    return [
        json.dumps(one["fields"], ensure_ascii=False).encode()
        for one in bank.control("notifications")
    ]


@pytest.fixture
def genuine(settings):
    """What the stand-in really sends for a payment, a receipt, a refund and a binding."""
    with Sandbox([Terminal(KEY, PASSWORD, "http://127.0.0.1:9/")]) as sandbox:
        sandbox.sender.mode = "off"
        bank = Shop(sandbox.url, key=KEY, password=PASSWORD)
        item = {"Name": "Газ", "Price": 1000, "Quantity": 1, "Amount": 1000, "Tax": "none"}
        made = bank.init(
            "order-1",
            amount=1000,
            CustomerKey="person-1",
            Recurrent="Y",
            Receipt={"Email": "a@example.com", "Taxation": "osn", "Items": [item]},
        )
        bank.pay(made["PaymentId"], card=GOOD)
        bank.call("Cancel", PaymentId=made["PaymentId"])
        bound = bank.call("AddCard", CustomerKey="person-1")
        bank.pay(bound["PaymentId"], card=WITH_CODE)
        return made["PaymentId"], bound["RequestKey"], notices_of(bank)


def test_genuine_notifications_name_the_payment_or_the_binding(gateway, genuine):
    payment_id, request_key, bodies = genuine

    told = [read(gateway, body) for body in bodies]

    assert [(one.kind, one.acquirer_id) for one in told] == [
        *[(NoticeKind.PAYMENT, f"{payment_id}-1000")] * 2,  # AUTHORIZED, CONFIRMED
        (NoticeKind.RECEIPT, f"{payment_id}-1000"),
        *[(NoticeKind.REFUND, payment_id)] * 2,  # REFUNDED, its receipt
        (NoticeKind.MEANS, request_key),
    ]


def test_a_receipts_numbers_come_with_the_notification(gateway, genuine):
    _, _, bodies = genuine
    (fiscal,) = [told.fiscal for told in map(partial(read, gateway), bodies) if told.fiscal]
    assert (fiscal.document_number, fiscal.storage_number) == ("1", "9960440300000001")
    assert fiscal.registered_at.tzinfo is not None


def test_one_changed_bit_never_makes_a_notification_of_anything_else(gateway, genuine):
    """Names and nested objects are not signed; what follows from a notification is, all of it."""
    _, _, bodies = genuine
    for body in (bodies[0], bodies[-1]):
        honest = read(gateway, body)
        for bit in range(len(body) * 8):
            forged = bytearray(body)
            forged[bit // 8] ^= 1 << bit % 8
            try:
                told = read(gateway, bytes(forged))
            except NoticeRefused:
                continue
            assert told == honest


def test_every_changed_value_is_refused(gateway, genuine):
    _, _, bodies = genuine
    for body in bodies:
        fields = json.loads(body)
        for name, value in fields.items():
            if isinstance(value, dict):
                continue
            changed = (not value) if isinstance(value, bool) else f"{value}1"
            with pytest.raises(NoticeRefused):
                read(gateway, json.dumps({**fields, name: changed}).encode())
            without = {other: fields[other] for other in fields if other != name}
            with pytest.raises(NoticeRefused):
                read(gateway, json.dumps(without).encode())


def test_another_terminals_notification_is_refused(gateway, genuine):
    _, _, (body, *_) = genuine
    assert read(gateway, body)

    with pytest.raises(NoticeRefused):
        read(gateway, body, MerchantAccess(2, "OTHER", PASSWORD))
    with pytest.raises(NoticeRefused):
        read(gateway, body, MerchantAccess(2, KEY, "another"))


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b"{" + b" " * 70_000 + b"}", b'{"Token": NaN}'],
)
def test_rubbish_is_no_notification(gateway, body):
    with pytest.raises(NoticeRefused):
        read(gateway, body)
