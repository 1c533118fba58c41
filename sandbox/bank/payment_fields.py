"""Checks a request to create a payment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.bank.errors import ApiError, forbidden, invalid
from sandbox.bank.fields import Fields
from sandbox.bank.order_fields import check_payment_order
from sandbox.bank.receipt_fields import check_receipt, missing
from sandbox.bank.shops import Shop

LOWEST = 100
HIGHEST = {"bank_card": 350_000_00, "sbp": 700_000_00}
UNKNOWN_TO_THE_SANDBOX = ("payment_token", "airline", "transfers", "deal", "receiver", "pos_link")
CONFIRMATIONS = {"redirect", "qr"}


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    amount: int
    capture: bool
    method_type: str | None
    method_id: str | None
    confirmation: dict[str, Any] | None
    save: bool | None
    description: str | None
    metadata: dict[str, str] | None
    merchant_customer_id: str | None
    receipt: dict[str, Any] | None
    payment_order: dict[str, Any] | None


def read_payment(body: Fields, shop: Shop, available: dict[str, bool]) -> PaymentRequest:
    """Check the whole request.

    :raises ApiError: 400 naming the field, or 403 for card data from a shop that may not see it.
    """
    for name in UNKNOWN_TO_THE_SANDBOX:
        if body.source.get(name):
            raise invalid(f"The sandbox has no {name}", name)
    amount = body.amount(lowest=LOWEST)
    method_type = _read_method_type(body, available)
    method_id = body.optional_text("payment_method_id", limit=64)
    if method_type and method_id:
        raise invalid(
            "Both payment_method_data and payment_method_id are passed", "payment_method_id"
        )
    if amount > HIGHEST.get(method_type or "", max(HIGHEST.values())):
        raise body.object("amount").wrong("value", "The limit of the payment method is exceeded")
    body.client_ip()
    _check_recipient(body)
    _check_statements(body)
    return PaymentRequest(
        amount=amount,
        capture=bool(body.flag("capture")),
        method_type=method_type,
        method_id=method_id,
        confirmation=None if method_id else read_confirmation(body, method_type),
        save=body.flag("save_payment_method"),
        description=body.optional_text("description", limit=128),
        metadata=body.metadata(),
        merchant_customer_id=body.optional_text("merchant_customer_id", limit=200),
        receipt=_read_receipt(body, shop, amount),
        payment_order=_read_order(body, shop, amount),
    )


def read_confirmation(body: Fields, method_type: str | None) -> dict[str, Any]:
    """Return how the payer confirms: a page of ours, or a QR on the shop's page."""
    confirmation = body.object("confirmation")
    kind = confirmation.required("type")
    if kind not in CONFIRMATIONS:
        raise confirmation.wrong("type", "The sandbox knows redirect and qr")
    if kind == "qr" and method_type != "sbp":
        raise confirmation.wrong("type", "qr is possible with payment_method_data.type sbp only")
    answer: dict[str, Any] = {"type": kind}
    if kind == "redirect":
        answer["return_url"] = confirmation.url("return_url", limit=2048)
    elif confirmation.has("return_url"):
        answer["return_url"] = confirmation.url("return_url", limit=1024)
    if confirmation.flag("enforce") is not None:
        answer["enforce"] = confirmation.flag("enforce")
    if confirmation.has("locale"):
        confirmation.choice("locale", {"ru_RU", "en_US"})
    return answer


def method_unavailable(parameter: str) -> ApiError:
    return invalid("Payment method is not available", parameter)


def _read_method_type(body: Fields, available: dict[str, bool]) -> str | None:
    if not body.has("payment_method_data"):
        return None
    method = body.object("payment_method_data")
    kind = method.required("type")
    if not available.get(kind, False):
        raise method_unavailable(method.where("type"))
    if method.has("card"):
        raise forbidden("The shop has no right to pass card data", method.where("card"))
    return str(kind)


def _check_recipient(body: Fields) -> None:
    if body.has("recipient"):
        body.object("recipient").optional_text("gateway_id", limit=64)


def _check_statements(body: Fields) -> None:
    if not body.has("statements"):
        return
    for number, raw in enumerate(body.array("statements")):
        statement = Fields(raw, f"statements[{number}]")
        statement.choice("type", {"payment_overview"})
        delivery = statement.object("delivery_method")
        delivery.choice("type", {"email"})
        delivery.email("email")


def _read_receipt(body: Fields, shop: Shop, amount: int) -> dict[str, Any] | None:
    if not shop.receipts:
        return None  # as the real API: a shop without fiscalisation has no use for it
    if not body.has("receipt"):
        raise missing()
    return check_receipt(body.object("receipt"), total=amount)


def _read_order(body: Fields, shop: Shop, amount: int) -> dict[str, Any] | None:
    if body.has("payment_order"):
        return check_payment_order(body.object("payment_order"), total=amount)
    if shop.utilities:
        raise invalid(
            "The payment_order is missing: the shop takes payments for utilities", "payment_order"
        )
    return None
