"""Writes the bank's records as the objects of API v3."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.bank import cards, money, sbp
from sandbox.bank.bank import Bank
from sandbox.bank.clock import as_iso
from sandbox.bank.money import as_amount
from sandbox.bank.records import Card, Method, Payment, Receipt, Refund, SbpAccount
from sandbox.bank.shops import Shop

STORAGE_NUMBER = "9960440300000001"
GATEWAY_ID = "2000001"


def payment(bank: Bank, row: Payment) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "id": row.id,
        "status": row.status,
        "amount": as_amount(row.amount),
        "recipient": {"account_id": row.shop, "gateway_id": GATEWAY_ID},
        "created_at": as_iso(row.created_at),
        "test": True,
        "paid": row.status in {"waiting_for_capture", "succeeded"},
        "refundable": row.status == "succeeded" and row.refunded + row.refund_pending < row.amount,
    }
    if row.status == "succeeded":
        fee = Decimal(bank.settings.fee_percent)
        answer["income_amount"] = as_amount(money.less_fee(row.amount, fee))
    if row.status == "pending" and row.confirmation:
        answer["confirmation"] = _confirmation(bank, row)
    if row.method_type:
        answer["payment_method"] = _payment_method(row)
    if row.refunded:
        answer["refunded_amount"] = as_amount(row.refunded)
    if row.reason:
        answer["cancellation_details"] = {"party": row.party, "reason": row.reason}
    answer |= _authorization(row)
    _add_present(
        answer, row, "description", "metadata", "merchant_customer_id", "receipt_registration"
    )
    return answer


def refund(row: Refund) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "id": row.id,
        "payment_id": row.payment_id,
        "status": row.status,
        "created_at": as_iso(row.created_at),
        "amount": as_amount(row.amount),
    }
    if row.status == "canceled":
        answer["cancellation_details"] = {"party": "refund_network", "reason": row.outcome}
    if row.status == "succeeded" and row.sbp_operation_id:
        answer["refund_method"] = {"type": "sbp", "sbp_operation_id": row.sbp_operation_id}
    if row.rrn:
        answer["refund_authorization_details"] = {"rrn": row.rrn}
    _add_present(answer, row, "description", "metadata", "receipt_registration")
    return answer


def receipt(row: Receipt) -> dict[str, Any]:
    answer: dict[str, Any] = {"id": row.id, "type": row.type, "status": row.status}
    if row.refund_id:
        answer["refund_id"] = row.refund_id
    else:
        answer["payment_id"] = row.payment_id
    if row.registered_at is not None:
        answer |= {
            "fiscal_document_number": str(row.number),
            "fiscal_storage_number": STORAGE_NUMBER,
            "fiscal_attribute": row.attribute,
            "registered_at": as_iso(row.registered_at),
            "fiscal_provider_id": row.provider_id,
        }
    answer["items"] = row.content["items"]
    answer["settlements"] = row.settlements
    answer["internet"] = row.content.get("internet", True)
    if "tax_system_code" in row.content:
        answer["tax_system_code"] = row.content["tax_system_code"]
    return answer


def method(bank: Bank, row: Method) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "id": row.id,
        "type": row.type,
        "saved": row.status == "active",
        "status": row.status,
        "holder": {"account_id": row.shop, "gateway_id": GATEWAY_ID},
    }
    answer |= _means(row.card, row.sbp)
    if row.status == "pending" and row.confirmation:
        answer["confirmation"] = {
            **row.confirmation,
            "confirmation_url": f"{bank.public}/binding/{row.id}",
        }
    if row.metadata is not None:
        answer["metadata"] = row.metadata
    return answer


def shop_settings(bank: Bank, shop: Shop) -> dict[str, Any]:
    return {
        "account_id": shop.id,
        "status": "disabled" if shop.id in bank.settings.closed_shops else "enabled",
        "test": True,
        "fiscalization_enabled": shop.receipts,
        "fiscalization": {"enabled": shop.receipts, "provider": "yoo_receipt"},
        "payment_methods": [name for name, works in bank.settings.methods.items() if works],
    }


def qr_text(bank: Bank, row: Payment | Method) -> str:
    """Return what the QR of a payment or a binding says."""
    kopecks = row.amount if isinstance(row, Payment) else 0
    return sbp.payload(base=bank.public, qr_id=row.qr_id, kopecks=kopecks)


def _authorization(row: Payment) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    if row.auth_code:
        answer["authorization_details"] = {
            "rrn": row.rrn,
            "auth_code": row.auth_code,
            "three_d_secure": {"applied": row.three_d_secure},
        }
    if row.captured_at is not None:
        answer["captured_at"] = as_iso(row.captured_at)
    if row.status == "waiting_for_capture" and row.held_until is not None:
        answer["expires_at"] = as_iso(row.held_until)
    return answer


def _confirmation(bank: Bank, row: Payment) -> dict[str, Any]:
    confirmation = dict(row.confirmation or {})
    if confirmation["type"] == "qr":
        confirmation["confirmation_data"] = qr_text(bank, row)
    else:
        confirmation["confirmation_url"] = f"{bank.public}/checkout/{row.id}"
    return confirmation


def _payment_method(row: Payment) -> dict[str, Any]:
    saved = row.saved or row.method_id is not None
    return {
        "type": row.method_type,
        "id": row.method_id or row.id,
        "saved": saved,
        "status": "active" if saved else "inactive",
        **_means(row.card, row.sbp),
    }


def _means(card: Card | None, account: SbpAccount | None) -> dict[str, Any]:
    if card:
        last4 = card.number[-4:]
        return {
            "title": f"Bank card *{last4}",
            "card": {
                "first6": card.number[:6],
                "last4": last4,
                "expiry_year": card.expiry_year,
                "expiry_month": card.expiry_month,
                "card_type": cards.brand_of(card.number),
                "issuer_country": "RU",
            },
        }
    if account:
        means: dict[str, Any] = {"title": "СБП"}
        if account.operation_id:
            means["sbp_operation_id"] = account.operation_id
        means["payer_bank_details"] = {"bank_id": account.bank_id, "bic": account.bic}
        return means
    return {}


def _add_present(answer: dict[str, Any], row: Payment | Refund, *names: str) -> None:
    for name in names:
        value = getattr(row, name)
        if value is not None:
            answer[name] = value
