"""Refunds: a part or the whole, as often as money is left."""

from __future__ import annotations

import secrets

from sandbox.bank import answers, receipts, sbp
from sandbox.bank.bank import Bank
from sandbox.bank.errors import invalid, not_found
from sandbox.bank.fields import Fields
from sandbox.bank.receipt_fields import check_receipt, missing
from sandbox.bank.records import Payment, Refund, new_id
from sandbox.bank.shops import Shop

KIND = "0015"
REASONS = frozenset(
    [
        "insufficient_funds",
        "general_decline",
        "rejected_by_payee",
        "rejected_by_timeout",
        "yoo_money_account_closed",
    ]
)


def create(bank: Bank, shop: Shop, body: Fields) -> Refund:
    """Return money to the payer.

    :raises ApiError: the payment isn't the shop's or not succeeded, less is left, the receipt is wrong.
    """
    payment = _refundable_payment(bank, shop, body.text("payment_id", limit=64))
    amount = body.amount()
    left = payment.amount - payment.refunded - payment.refund_pending
    if amount > left:
        raise invalid("The refund amount is more than is left of the payment", "amount.value")
    if body.source.get("sources") or body.source.get("deal"):
        raise invalid("The sandbox has no split payments and no deals", "sources")
    now = bank.clock.now()
    refund = Refund(
        id=new_id(KIND, now),
        shop=shop.id,
        payment_id=payment.id,
        amount=amount,
        created_at=now,
        description=body.optional_text("description", limit=250),
        metadata=body.metadata(),
        receipt=_read_receipt(shop, payment, body, amount),
        outcome=bank.settings.refund_outcome,
        settles_at=now + round(bank.settings.refund_seconds * 1000),
    )
    refund.receipt_registration = "pending" if refund.receipt else None
    payment.refund_pending += amount
    bank.add_refund(refund)
    if bank.settings.refund_seconds:
        bank.wake_at(refund.settles_at, "settle_refund", refund.id)
    else:
        settle(bank, refund.id)
    return refund


def settle(bank: Bank, refund_id: str) -> None:
    refund = bank.refunds[refund_id]
    if refund.status != "pending":
        return
    payment = bank.payments[refund.payment_id]
    payment.refund_pending -= refund.amount
    if refund.outcome == "succeeded":
        _succeed(bank, payment, refund)
    else:
        refund.status = "canceled"
        if refund.receipt_registration:
            refund.receipt_registration = "canceled"
    bank.journal.put(payment)
    bank.journal.put(refund)
    if refund.status == "succeeded":  # the real API has no event for a refund that failed
        shop = bank.shops[refund.shop]
        bank.messenger.announce(shop, "refund.succeeded", answers.refund(refund))


def find(bank: Bank, shop: Shop, refund_id: str) -> Refund:
    row = bank.refunds.get(refund_id)
    if row is None or row.shop != shop.id:
        raise not_found("Refund", "refund_id")
    return row


def _succeed(bank: Bank, payment: Payment, refund: Refund) -> None:
    refund.status = "succeeded"
    payment.refunded += refund.amount
    if payment.card:
        refund.rrn = f"{secrets.randbelow(10**12):012d}"
    else:
        refund.sbp_operation_id = sbp.new_operation_id()
    bank.move_money(payment, kind="refund", amount=refund.amount, refund_id=refund.id)
    if refund.receipt:
        receipts.register_refund(bank, refund)


def _refundable_payment(bank: Bank, shop: Shop, payment_id: str) -> Payment:
    payment = bank.payments.get(payment_id)
    if payment is None or payment.shop != shop.id:
        raise invalid("Incorrect payment_id. Payment doesn't exist or access denied", "payment_id")
    if payment.status != "succeeded":
        raise invalid(f"Payment in the status {payment.status} can't be refunded", "payment_id")
    return payment


def _read_receipt(
    shop: Shop, payment: Payment, body: Fields, amount: int
) -> dict[str, object] | None:
    if not shop.receipts:
        return None
    if body.has("receipt"):
        return check_receipt(body.object("receipt"), total=amount)
    if amount == payment.amount and payment.receipt:
        return payment.receipt  # a whole refund repeats the receipt of the payment
    raise missing()
