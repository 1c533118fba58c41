"""What we write to YooKassa and how we read it, word by word, without a bank."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from yookassa.domain.common import SecurityHelper
from yookassa.domain.request import PaymentRequest
from yookassa.domain.request.payment_method_request import SavePaymentMethodDataRequest
from yookassa.domain.request.refund_request import RefundRequest
from yookassa.domain.response import PaymentResponse

from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import (
    BindingOrder,
    GatewayRefused,
    GatewayUnavailable,
    MerchantAccess,
    Page,
    RefundOrder,
    TruthState,
)
from kabinet.payments.gateways.yookassa import YooKassa, answers, causes, notices, orders
from tests.payments.gateways.bad_servers import HEAD, send, serve
from tests.payments.gateways.bench import receipt
from tests.payments.gateways.test_yookassa import UTILITIES
from tests.payments.gateways.yookassa_bench import make_bench

# Facts §3.7, all of them: a reason added by the bank later falls to OTHER.
REASONS = (
    "3d_secure_failed call_issuer canceled_by_merchant card_expired country_forbidden deal_expired"
    " expired_on_capture expired_on_confirmation fraud_suspected general_decline"
    " identification_required insufficient_funds internal_timeout invalid_card_number invalid_csc"
    " issuer_unavailable payment_method_limit_exceeded payment_method_restricted"
    " permission_revoked unsupported_mobile_operator rejected_by_timeout"
)
MERCHANT = MerchantAccess(1, "100500", "test_secret")
PAID = {
    "id": "2d5f3a1e-000f-5000-a000-1c3d5e7f9a0b",
    "status": "succeeded",
    "amount": {"value": "1234.56", "currency": "RUB"},
    "refunded_amount": {"value": "0.01", "currency": "RUB"},
    "captured_at": "2026-11-21T10:00:00.123Z",
    "metadata": {"attempt": "our-number"},
    "payment_method": {
        "type": "bank_card",
        "id": "2d5f3a1e-000f-5000-a000-1c3d5e7f9a0b",
        "saved": True,
        "title": "Bank card *4477",
        "card": {
            "first6": "555555",
            "last4": "4477",
            "expiry_month": "07",
            "expiry_year": "2028",
            "card_type": "MasterCard",
        },
    },
}


def order(**more):
    return make_bench(None).order(**more)


def without_the_sdks_own(request):
    """The SDK adds empty lists by itself, and would send them."""
    return {name: value for name, value in dict(request).items() if value != []}


@pytest.mark.parametrize(
    "made",
    [
        order(),
        order(page=Page.SBP, save_means=True),
        order(page=Page.NONE, token="2d5f3a1e-000f-5000-a000-1c3d5e7f9a0b"),
        order(utilities=replace(UTILITIES, unified_account_number="12АВ345678")),
    ],
    ids=["card", "sbp", "saved", "utilities"],
)
def test_the_sdk_would_send_the_same_payment(made):
    body = orders.payment(made)

    request = PaymentRequest(json.loads(json.dumps(body)))
    request.validate()

    assert as_texts(without_the_sdks_own(request)) == as_texts(body)


def test_the_sdk_would_send_the_same_refund_and_binding():
    amount = Money(Decimal("10.07"))
    refund = orders.refund(
        RefundOrder("ref", "key", PAID["id"], amount, "Лишнее", amount, receipt(amount))
    )
    binding = orders.binding(BindingOrder("ref", "key", "https://kabinet.example/", "user-1"))

    assert as_texts(
        without_the_sdks_own(RefundRequest(json.loads(json.dumps(refund))))
    ) == as_texts(refund)
    assert dict(SavePaymentMethodDataRequest(json.loads(json.dumps(binding)))) == binding


def as_texts(content):
    """Numbers as what they say: the SDK makes Decimal of some."""
    if isinstance(content, dict):
        return {name: as_texts(value) for name, value in sorted(content.items())}
    if isinstance(content, list):
        return [as_texts(value) for value in content]
    if isinstance(content, bool):
        return content
    try:
        return Decimal(str(content)).normalize()
    except ArithmeticError:
        return content


def test_long_words_are_cut_to_what_the_bank_takes():
    body = orders.payment(
        order(
            description="я" * 300,
            utilities=replace(UTILITIES, purpose="ц" * 300, payee_name="п" * 300),
        )
    )

    assert len(body["description"]) == 128
    assert len(body["payment_order"]["payment_purpose"]) == 210
    assert len(body["payment_order"]["recipient"]["name"]) == 160


def test_a_guest_has_no_number_at_the_bank():
    body = orders.payment(order(payer_ref="", payer_address=""))

    assert {"merchant_customer_id", "client_ip"} & set(body) == set()


def test_an_agents_receipt_names_the_supplier_of_each_line_that_has_one():
    plain = receipt(Money(Decimal("100.00")))
    named = replace(
        plain.lines[0],
        supplier_name="ООО «Тепло»",
        supplier_inn="9914040249",
        supplier_phone="78462001010",
    )
    told = orders.receipt(
        replace(plain, lines=[named, plain.lines[1]], is_agent=True, email="", phone="79000000000")
    )

    assert told["customer"] == {"phone": "79000000000"}
    assert told["items"][0]["agent_type"] == "agent"
    assert told["items"][0]["supplier"] == {
        "name": "ООО «Тепло»",
        "inn": "9914040249",
        "phone": "78462001010",
    }
    assert "agent_type" not in told["items"][1]
    assert "supplier" not in orders.receipt(replace(plain, lines=[named]))["items"][0]


def test_the_items_of_a_receipt_add_up_to_the_payment():
    made = orders.payment(order())

    total = sum(
        Decimal(item["amount"]["value"]) * Decimal(item["quantity"])
        for item in made["receipt"]["items"]
    )
    assert total == Decimal(made["amount"]["value"])


def test_every_reason_of_the_bank_has_a_cause():
    assert set(causes.CAUSES) == set(REASONS.split())
    assert causes.payment_cause("loan_canceled_by_payer") is Cause.OTHER


def test_a_payment_is_read_as_the_sdk_reads_it():
    truth, sdk = answers.payment(PAID), PaymentResponse(PAID)

    assert truth.acquirer_id == sdk.id
    assert (truth.amount.amount, truth.refunded.amount) == (
        sdk.amount.value,
        sdk.refunded_amount.value,
    )
    assert (truth.ref, truth.state) == ("our-number", TruthState.SUCCEEDED)
    assert truth.paid_at == datetime(2026, 11, 21, 10, 0, 0, 123000, tzinfo=UTC)
    assert truth.means.token == sdk.payment_method.id
    assert (truth.means.system, truth.means.last4) == ("mastercard", "4477")
    assert (truth.means.expiry_year, truth.means.expiry_month) == (2028, 7)


def test_sums_that_float_cannot_hold_are_read_exactly():
    large = {**PAID, "amount": {"value": "999999999999.99", "currency": "RUB"}}

    assert answers.payment(large).amount == Money(Decimal("999999999999.99"))
    assert orders.amount(Money(Decimal("999999999999.99")))["value"] == "999999999999.99"


def test_held_money_is_not_taken_yet():
    assert answers.payment({**PAID, "status": "waiting_for_capture"}).state is TruthState.PENDING


def test_a_payment_of_somebody_else_has_no_number_of_ours():
    foreign = {name: value for name, value in PAID.items() if name != "metadata"}

    assert answers.payment(foreign).ref == ""


def test_a_card_of_a_system_that_we_do_not_know_keeps_the_banks_word():
    method = {**PAID["payment_method"], "card": {"card_type": "UnionPay", "last4": "12345"}}
    truth = answers.payment({**PAID, "payment_method": {**method, "saved": False}})

    assert (truth.means.system, truth.means.last4, truth.means.token) == ("unionpay", "", "")


def test_a_payment_without_means_has_none():
    assert answers.payment({**PAID, "payment_method": None}).means is None


def test_a_refund_without_a_receipt_sends_none():
    amount = Money(Decimal("1.00"))

    assert "receipt" not in orders.refund(RefundOrder("r", "k", "id", amount, "why", amount))


def test_a_title_with_a_whole_number_of_a_card_is_dropped():
    method = {**PAID["payment_method"], "title": "Карта 5555555555554477"}

    assert answers.payment({**PAID, "payment_method": method}).means.title == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": None},
        {"id": "../../me"},
        {"id": "x" * 65},
        {"status": "unheard"},
        {"status": ["succeeded"]},
        {"amount": None},
        {"amount": {"value": 1234.56, "currency": "RUB"}},
        {"amount": {"value": "1234.567", "currency": "RUB"}},
        {"amount": {"value": "-1.00", "currency": "RUB"}},
        {"amount": {"value": "NaN", "currency": "RUB"}},
        {"amount": "1234.56"},
        {"refunded_amount": {"value": "a lot", "currency": "RUB"}},
        {"metadata": "our-number"},
        {"metadata": {"attempt": 7}},
        {"captured_at": "yesterday"},
        {"captured_at": "2026-11-21T10:00:00"},
        {"confirmation": {"confirmation_url": "javascript:alert(1)"}},
        {"confirmation": {"confirmation_url": "https://" + "x" * 3000}},
        {"confirmation": {"confirmation_data": "x" * 2000}},
        {"payment_method": "card"},
    ],
)
def test_a_payment_that_cannot_be_read_is_no_answer(wrong):
    assert answers.payment(PAID)

    with pytest.raises(GatewayUnavailable):
        answers.payment({**PAID, **wrong})


@pytest.mark.parametrize("items", [None, {}, ["x"], "x"])
def test_a_list_that_cannot_be_read_is_no_answer(items):
    with pytest.raises(GatewayUnavailable):
        answers.page({"items": items})


@pytest.mark.parametrize("wrong", [{"status": "lost"}, {"registered_at": "soon"}])
def test_a_receipt_that_cannot_be_read_is_no_answer(wrong):
    genuine = {"id": "rt-1", "status": "succeeded", "fiscal_document_number": "7"}
    assert answers.fiscal(genuine).document_number == "7"

    with pytest.raises(GatewayUnavailable):
        answers.fiscal({**genuine, **wrong})


def test_a_row_of_a_list_without_a_time_is_no_answer():
    assert answers.row(PAID, is_refund=False).amount == Money(Decimal("1234.56"))

    with pytest.raises(GatewayUnavailable):
        answers.row({**PAID, "captured_at": None}, is_refund=False)


def test_the_trusted_networks_hold_all_of_the_sdks():
    known = {str(network) for network in notices._networks(())}

    assert {
        name if "/" in name else f"{name}/32" for name in SecurityHelper.YOOKASSA_NETWORKS
    } <= known


@contextmanager
def a_bank_that_says(settings, status, body):
    """One answer to everything, with words of our choice."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = HEAD.replace(b"200 OK", status.encode())
    content = head + f"Content-Length: {len(text)}\r\n\r\n".encode() + text
    with serve(lambda line: send(line, content=content)) as settings.YOOKASSA_URL:
        yield YooKassa()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("200 OK", {"type": "processing", "retry_after": 300}),
        ("202 Accepted", {"type": "processing", "retry_after": 300}),
        ("400 Bad Request", b"<html>blocked</html>"),
        ("400 Bad Request", {"message": "not in the words of the bank"}),
        ("400 Bad Request", {"type": "error", "code": 7}),
        ("401 Unauthorized", {"type": "error", "code": "invalid_credentials"}),
        ("404 Not Found", b"nginx"),
        ("405 Method Not Allowed", {"type": "error", "code": "invalid_request"}),
        ("503 Service Unavailable", {"type": "error", "code": "internal_server_error"}),
        ("200 OK", b"[" * 100_000),
        ("200 OK", {**PAID, "amount": {"value": float("inf"), "currency": "RUB"}}),
    ],
)
def test_only_a_refusal_in_the_banks_own_words_is_one(settings, status, body):
    with a_bank_that_says(settings, status, body) as bank, pytest.raises(GatewayUnavailable):
        bank.create(MERCHANT, order())


@pytest.mark.parametrize(
    ("told", "seconds"),
    [(300, 0.3), (0, 0.0), (10**9, 3600.0), (-5, None), ("soon", None), (True, None)],
)
def test_the_banks_wish_to_wait_is_taken_within_reason(settings, told, seconds):
    body = {"type": "processing", "retry_after": told}

    with (
        a_bank_that_says(settings, "202 Accepted", body) as bank,
        pytest.raises(GatewayUnavailable) as waiting,
    ):
        bank.create(MERCHANT, order())

    assert waiting.value.retry_after == seconds


def test_a_refusal_of_a_kind_that_the_sdk_does_not_know_is_a_refusal(settings):
    body = {"type": "error", "code": "rule_of_tomorrow", "description": "no", "parameter": "x" * 90}

    with (
        a_bank_that_says(settings, "400 Bad Request", body) as bank,
        pytest.raises(GatewayRefused) as refusal,
    ):
        bank.create(MERCHANT, order())

    assert refusal.value.reason == f"rule_of_tomorrow: {'x' * 46}"


def test_another_object_than_asked_for_is_no_answer(settings):
    with a_bank_that_says(settings, "200 OK", PAID) as bank:
        assert bank.fetch(MERCHANT, PAID["id"]).ref == "our-number"
        with pytest.raises(GatewayUnavailable):
            bank.fetch(MERCHANT, "2d5f3a1e-000f-5000-a000-000000000000")


def test_pages_that_go_in_a_circle_are_left(settings):
    page = {"type": "list", "items": [], "next_cursor": "again"}

    with a_bank_that_says(settings, "200 OK", page) as bank, pytest.raises(GatewayUnavailable):
        bank.find(MERCHANT, "our-number", since=datetime.now(UTC))


def test_of_several_payments_with_our_number_the_paid_one_is_found(settings):
    lost = {**PAID, "id": "a", "status": "canceled"}
    page = {"type": "list", "items": [lost, PAID, {**PAID, "metadata": None, "id": "b"}]}

    with a_bank_that_says(settings, "200 OK", page) as bank:
        found = bank.find(MERCHANT, "our-number", since=datetime.now(UTC))

    assert found.state is TruthState.SUCCEEDED
