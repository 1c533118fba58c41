"""Our orders as bodies of API v3 (facts §3.2–3.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kabinet.kernel.money import Money
from kabinet.payments.gateways.base import (
    BindingOrder,
    Order,
    Page,
    ReceiptLine,
    ReceiptOrder,
    RefundOrder,
    UtilitiesOrder,
)

Body = dict[str, Any]

DESCRIPTION = 128
PURPOSE = 210
REFUND_WHY = 250
SUPPLIER_NAME = 256
RECIPIENT_NAME = 160

# 103-ФЗ on payment agents leaves out payments by card and transfer: whoever collects those is an agent by contract.
AGENT = "agent"


def payment(order: Order) -> Body:
    body: Body = {
        "amount": amount(order.amount),
        "capture": True,
        "description": order.description[:DESCRIPTION],
        "metadata": {"attempt": order.ref},
        **_way(order),
    }
    if order.payer_ref:
        body["merchant_customer_id"] = order.payer_ref
    if order.payer_address:
        body["client_ip"] = order.payer_address
    if order.receipt:
        body["receipt"] = receipt(order.receipt)
    if order.utilities:
        body["payment_order"] = _utilities(order.utilities, order.amount)
    return body


def refund(order: RefundOrder) -> Body:
    body: Body = {
        "payment_id": order.acquirer_id,
        "amount": amount(order.amount),
        "description": order.why[:REFUND_WHY],
        "metadata": {"refund": order.ref},
    }
    if order.receipt:
        body["receipt"] = receipt(order.receipt)
    return body


def binding(order: BindingOrder) -> Body:
    body: Body = {
        "type": "bank_card",
        "confirmation": {"type": "redirect", "return_url": order.return_url},
        "metadata": {"binding": order.ref},
    }
    if order.payer_address:
        body["client_ip"] = order.payer_address
    return body


def amount(money: Money) -> Mapping[str, str]:
    return {"value": f"{money.amount:.2f}", "currency": "RUB"}


def receipt(order: ReceiptOrder) -> Body:
    customer = {"email": order.email} if order.email else {"phone": order.phone}
    return {
        "customer": customer,
        "tax_system_code": int(order.tax_system),
        "internet": True,
        "items": [_item(line, is_agent=order.is_agent) for line in order.lines],
    }


def _way(order: Order) -> Body:
    """A saved means is charged without a page; a new one is given on the bank's page or by our SBP code."""
    if order.page is Page.NONE:
        return {"payment_method_id": order.token}
    is_sbp = order.page is Page.SBP
    return {
        "payment_method_data": {"type": "sbp" if is_sbp else "bank_card"},
        "confirmation": {"type": "qr" if is_sbp else "redirect", "return_url": order.return_url},
        "save_payment_method": order.save_means,
    }


def _item(line: ReceiptLine, *, is_agent: bool) -> Body:
    item: Body = {
        "description": line.title[:DESCRIPTION],
        "quantity": "1",
        "amount": amount(line.amount),
        "vat_code": int(line.vat),
        "payment_subject": line.subject.value,
        "payment_mode": line.mode.value,
    }
    if is_agent and line.supplier_inn:
        item["agent_type"] = AGENT
        item["supplier"] = {"name": line.supplier_name[:SUPPLIER_NAME], "inn": line.supplier_inn}
        if line.supplier_phone:
            item["supplier"]["phone"] = line.supplier_phone
    return item


def _utilities(order: UtilitiesOrder, whole: Money) -> Body:
    body: Body = {
        "type": "utilities",
        "amount": amount(whole),
        "payment_purpose": order.purpose[:PURPOSE],
        "recipient": {
            "name": order.payee_name[:RECIPIENT_NAME],
            "inn": order.inn,
            "kpp": order.kpp,
            "bank": {
                "name": order.bank_name,
                "bic": order.bic,
                "account": order.bank_account,
                "correspondent_account": order.corr_account,
            },
        },
        "kbk": order.kbk,
        "oktmo": order.oktmo,
        "payment_period": {"month": order.month, "year": order.year},
        "account_number": order.account_number,
    }
    if order.unified_account_number:
        body["unified_account_number"] = order.unified_account_number
    return body
