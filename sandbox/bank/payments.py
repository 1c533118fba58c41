"""Life of a payment: pending, perhaps waiting_for_capture, then succeeded or canceled."""

from __future__ import annotations

import secrets

from sandbox.bank import answers, cards, receipts, sbp
from sandbox.bank.bank import Bank
from sandbox.bank.errors import invalid
from sandbox.bank.payment_fields import PaymentRequest, method_unavailable
from sandbox.bank.records import Card, Method, Payment, SbpAccount, new_id
from sandbox.bank.shops import Shop

KIND = "000f"


def create(bank: Bank, shop: Shop, request: PaymentRequest) -> Payment:
    """Open a payment; by a saved method it is charged at once.

    :raises ApiError: the saved method is unknown or can't be charged.
    """
    method = _find_method(bank, shop, request.method_id) if request.method_id else None
    now = bank.clock.now()
    payment = Payment(
        id=new_id(KIND, now),
        shop=shop.id,
        amount=request.amount,
        created_at=now,
        expires_at=now + round(bank.settings.expiry_seconds * 1000),
        capture=request.capture,
        description=request.description,
        confirmation=request.confirmation,
        method_type=method.type if method else request.method_type,
        method_id=request.method_id,
        save=request.save,
        metadata=request.metadata,
        merchant_customer_id=request.merchant_customer_id,
        receipt=request.receipt,
        receipt_registration="pending" if request.receipt else None,
        payment_order=request.payment_order,
    )
    if payment.method_type == "sbp" and not payment.capture:
        raise invalid("SBP payments have one stage: capture must be true", "capture")
    if method is None:
        payment.qr_id = sbp.new_qr_id()
    bank.add_payment(payment)
    if method:
        _charge(bank, payment, method)
    else:
        bank.wake_at(payment.expires_at, "expire_payment", payment.id)
    return payment


def take_money(bank: Bank, payment: Payment) -> None:
    """The payer's bank agreed: hold the money, and take it when the shop asked for one stage."""
    if payment.card:
        payment.rrn = f"{secrets.randbelow(10**12):012d}"
        payment.auth_code = f"{secrets.randbelow(10**6):06d}"
    if payment.sbp:
        payment.sbp.operation_id = sbp.new_operation_id()
    if not payment.method_id and (payment.save or payment.keep_card):
        _save_method(bank, payment)
    payment.settles_at = None
    payment.challenged = False
    if payment.capture:
        _succeed(bank, payment)
        return
    payment.status = "waiting_for_capture"
    payment.held_until = bank.clock.now() + round(bank.settings.hold_seconds * 1000)
    bank.wake_at(payment.held_until, "expire_hold", payment.id)
    _changed(bank, payment)


def refuse(bank: Bank, payment: Payment, *, reason: str, party: str) -> None:
    payment.status = "canceled"
    payment.reason, payment.party = reason, party
    payment.settles_at = None
    payment.challenged = False
    if payment.receipt_registration:
        payment.receipt_registration = "canceled"
    _changed(bank, payment)


def capture(bank: Bank, payment: Payment, *, amount: int | None) -> Payment:
    """Take held money, the whole or a part; the rest returns to the payer.

    :raises ApiError: nothing is held, or less than asked for.
    """
    if payment.status != "waiting_for_capture":
        raise invalid(f"Payment in the status {payment.status} can't be captured", "payment_id")
    if amount is not None and amount > payment.amount:
        raise invalid("The amount is more than was held", "amount.value")
    payment.amount = amount or payment.amount
    _succeed(bank, payment)
    return payment


def cancel(bank: Bank, payment: Payment) -> Payment:
    """Give held money back.

    :raises ApiError: the payment isn't waiting for capture; others can't be cancelled by the shop.
    """
    if payment.status != "waiting_for_capture":
        raise invalid(f"Payment in the status {payment.status} can't be canceled", "payment_id")
    refuse(bank, payment, reason="canceled_by_merchant", party="merchant")
    return payment


def expire(bank: Bank, payment_id: str) -> None:
    payment = bank.payments[payment_id]
    if payment.status == "pending" and payment.settles_at is None:
        refuse(bank, payment, reason="expired_on_confirmation", party="yoo_money")


def expire_hold(bank: Bank, payment_id: str) -> None:
    payment = bank.payments[payment_id]
    if payment.status == "waiting_for_capture":
        refuse(bank, payment, reason="expired_on_capture", party="yoo_money")


def settle(bank: Bank, payment_id: str) -> None:
    """End a long check with success."""
    payment = bank.payments[payment_id]
    if payment.status == "pending" and payment.settles_at is not None:
        take_money(bank, payment)


def settle_later(bank: Bank, payment: Payment, *, seconds: float) -> None:
    payment.settles_at = bank.clock.now() + round(seconds * 1000)
    payment.challenged = False
    bank.wake_at(payment.settles_at, "settle_payment", payment.id)
    bank.journal.put(payment)


def _find_method(bank: Bank, shop: Shop, method_id: str) -> Method:
    method = bank.methods.get(method_id)
    if method is None or method.shop != shop.id or method.status != "active":
        raise invalid("Saved payment method doesn't exist or access denied", "payment_method_id")
    if not bank.settings.methods.get(method.type, False):
        raise method_unavailable("payment_method_id")
    return method


def _charge(bank: Bank, payment: Payment, method: Method) -> None:
    if method.card:
        payment.card = method.card
    if method.sbp:
        payment.sbp = SbpAccount(method.sbp.bank_id, method.sbp.bic)
    if method.later != cards.SUCCEEDED:
        refuse(bank, payment, reason=method.later, party=cards.refused_by(method.later))
    elif bank.settings.autopay_seconds:
        settle_later(bank, payment, seconds=bank.settings.autopay_seconds)
    else:
        take_money(bank, payment)


def _save_method(bank: Bank, payment: Payment) -> None:
    card: Card | None = payment.card
    payment.saved = True
    bank.add_method(
        Method(
            id=payment.id,
            shop=payment.shop,
            type=payment.method_type or "",
            created_at=bank.clock.now(),
            expires_at=0,
            status="active",
            card=card,
            sbp=SbpAccount(payment.sbp.bank_id, payment.sbp.bic) if payment.sbp else None,
            later=cards.CARDS[card.number].later if card else cards.SUCCEEDED,
        )
    )


def _succeed(bank: Bank, payment: Payment) -> None:
    payment.status = "succeeded"
    payment.captured_at = bank.clock.now()
    bank.move_money(payment, kind="charge", amount=payment.amount, refund_id=None)
    if payment.receipt:
        receipts.register_payment(bank, payment)
    _changed(bank, payment)


def _changed(bank: Bank, payment: Payment) -> None:
    bank.journal.put(payment)
    if not payment.tells_nobody:
        shop = bank.shops[payment.shop]
        event = f"payment.{payment.status}"
        bank.messenger.announce(shop, event, answers.payment(bank, payment))
