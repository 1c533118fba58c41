"""Fiscal receipts: sent to the till when money has moved, registered a little later."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from sandbox.bank.bank import Bank
from sandbox.bank.errors import invalid, not_found
from sandbox.bank.fields import Fields
from sandbox.bank.money import as_amount
from sandbox.bank.receipt_fields import check_own_receipt
from sandbox.bank.records import Payment, Receipt, Refund
from sandbox.bank.shops import Shop


def create(bank: Bank, shop: Shop, body: Fields) -> Receipt:
    """Register a receipt that the shop sends by itself, after a payment or a refund.

    :raises ApiError: the shop has no till, the payment or refund isn't succeeded, or a field is wrong.
    """
    if not shop.receipts:
        raise invalid("The shop sends no receipts", "type")
    kind = body.choice("type", {"payment", "refund"})
    if kind == "payment":
        payment_id = body.text("payment_id", limit=64)
        source: Payment | Refund | None = bank.payments.get(payment_id)
        refund_id = None
    else:
        refund_id = body.text("refund_id", limit=64)
        source = bank.refunds.get(refund_id)
        payment_id = source.payment_id if isinstance(source, Refund) else ""
    if source is None or source.shop != shop.id or source.status != "succeeded":
        raise invalid(f"There is no succeeded {kind} with this id", f"{kind}_id")
    content = check_own_receipt(body)
    return _send(
        bank,
        source,
        kind=kind,
        payment_id=payment_id,
        content=content,
        settlements=body.source["settlements"],
    )


def find(bank: Bank, shop: Shop, receipt_id: str) -> Receipt:
    row = bank.receipts.get(receipt_id)
    if row is None or row.shop != shop.id:
        raise not_found("Receipt", "receipt_id")
    return row


def register_payment(bank: Bank, payment: Payment) -> None:
    _send(
        bank,
        payment,
        kind="payment",
        payment_id=payment.id,
        content=payment.receipt or {},
        settlements=[{"type": "cashless", "amount": as_amount(payment.amount)}],
    )


def register_refund(bank: Bank, refund: Refund) -> None:
    _send(
        bank,
        refund,
        kind="refund",
        payment_id=refund.payment_id,
        content=refund.receipt or {},
        settlements=[{"type": "cashless", "amount": as_amount(refund.amount)}],
    )


def register(bank: Bank, receipt_id: str) -> None:
    """The till answers: the receipt has its fiscal signs, or was refused."""
    row = bank.receipts[receipt_id]
    if row.status != "pending":
        return
    row.status = row.outcome
    if row.status == "succeeded":
        row.registered_at = bank.clock.now()
        row.number = bank.next_document()
        row.attribute = f"{secrets.randbelow(9 * 10**9) + 10**9}"
        row.provider_id = str(uuid.uuid4())
    bank.journal.put(row)
    source = bank.refunds[row.refund_id] if row.refund_id else bank.payments[row.payment_id]
    if source.receipt_registration:
        source.receipt_registration = row.status
        bank.journal.put(source)


def _send(
    bank: Bank,
    source: Payment | Refund,
    *,
    kind: str,
    payment_id: str,
    content: dict[str, Any],
    settlements: list[dict[str, Any]],
) -> Receipt:
    now = bank.clock.now()
    row = Receipt(
        id=f"rt-{uuid.uuid4()}",
        shop=source.shop,
        type=kind,
        created_at=now,
        registers_at=now + round(bank.settings.receipt_seconds * 1000),
        payment_id=payment_id,
        refund_id=source.id if kind == "refund" else None,
        content=content,
        settlements=settlements,
        outcome=bank.settings.receipt_outcome,
    )
    bank.add_receipt(row)
    bank.wake_at(row.registers_at, "register_receipt", row.id)
    return row
