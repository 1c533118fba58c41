"""Refunds: the bank has no object for one, so what is known is read off the payment.

A card's refund is done at once and told apart by ``ExternalRequestId``: asked twice, it is done once. For SBP the bank
does not look at that number (its documents say so) and takes its time, so here the payment is looked at first.
"""

from __future__ import annotations

import re
from uuid import UUID

from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import (
    GatewayRefused,
    GatewayUnavailable,
    GatewayUnknown,
    RefundOrder,
    RefundTruth,
    TruthState,
)
from kabinet.payments.gateways.tbank import answers, orders
from kabinet.payments.gateways.tbank.causes import UNKNOWN, WRONG_STATE, TBankSaysNo
from kabinet.payments.gateways.tbank.client import Content, TerminalClient

ID = re.compile(r"([0-9a-f]{32})-([0-9]{1,14})")


def refund(client: TerminalClient, order: RefundOrder) -> RefundTruth:
    """Give the money back.

    :raises GatewayRefused: the bank will not, or it cannot be told whether it already has.
    """
    payment_id, _whole = answers.read_name(order.acquirer_id)
    state = _state(client, payment_id)
    if answers.status(state) not in {"CONFIRMED"} | answers.RETURNING | answers.RETURNED:
        # The same call would close a session that can still be paid.
        raise GatewayRefused("not_paid", Cause.CANCELED)
    if answers.is_sbp(state):
        truth = _already_by_sbp(client, order, state)
        if truth is not None:
            return truth
    is_whole = order.amount == order.whole
    try:
        content = client.call(
            "Cancel",
            PaymentId=payment_id,
            Amount=order.amount.kopecks,
            ExternalRequestId=order.key,
            # Of the whole payment the bank prints the payment's own receipt back.
            Receipt=None if is_whole or order.receipt is None else orders.receipt(order.receipt),
        )
    except TBankSaysNo as no:
        raise _refusal(no) from None
    return _truth(order.ref, order.amount, answers.status(content))


def find(client: TerminalClient, order: RefundOrder, *, returned: Money) -> RefundTruth | None:
    """Recognise a refund whose answer was lost by the sum that has gone back beyond what is known: the bank has no list.

    Refunds of a payment are made one at a time, so exactly this sum more is this one.

    :raises GatewayUnavailable: the bank is still giving something back.
    """
    payment_id, whole = answers.read_name(order.acquirer_id)
    try:
        state = _state(client, payment_id)
    except GatewayRefused:
        return None
    told = answers.status(state)
    if told in answers.RETURNING:
        raise GatewayUnavailable("a refund of this payment is under way")
    gone = whole - answers.kopecks(state, "Amount")
    if told not in answers.RETURNED or gone - returned != order.amount:
        return None
    return _truth(order.ref, order.amount, told)


def fetch(client: TerminalClient, acquirer_id: str, refund_id: str) -> RefundTruth:
    """:raises GatewayUnknown: the bank has no such payment, or the number is none of ours."""
    known = ID.fullmatch(refund_id)
    if known is None:
        raise GatewayUnknown(refund_id)
    ref, amount = str(UUID(known[1])), _money(known[2])
    try:
        payment_id, _whole = answers.read_name(acquirer_id)
        state = _state(client, payment_id)
    except GatewayRefused:
        raise GatewayUnknown(acquirer_id) from None
    told = answers.status(state)
    if told not in answers.RETURNING and answers.is_sbp(state):
        why = _why_not_by_sbp(client, payment_id, amount)
        if why:
            return _truth(ref, amount, "REJECTED", why)
    if told == "CONFIRMED":
        return _truth(ref, amount, "REJECTED", "not_returned")
    return _truth(ref, amount, told)


def _state(client: TerminalClient, payment_id: str) -> Content:
    try:
        return client.call("GetState", PaymentId=payment_id)
    except TBankSaysNo as no:
        raise no.refusal from None


def _already_by_sbp(
    client: TerminalClient, order: RefundOrder, state: Content
) -> RefundTruth | None:
    """Recognise our own refund whose answer was lost; None when there is none and it may be asked for."""
    told = answers.status(state)
    if told not in answers.RETURNING | answers.RETURNED:
        return None
    last = _last_by_sbp(client, answers.number(state, "PaymentId"))
    same_sum = answers.kopecks(last, "Amount") == order.amount
    if told in answers.RETURNING:
        if same_sum:
            return _truth(order.ref, order.amount, told)
        raise GatewayUnavailable("another refund of this payment is under way")
    if told == "REFUNDED" and order.amount == order.whole:
        return _truth(order.ref, order.amount, told)
    if same_sum and not last.get("QrCancelCode"):
        # The lost answer of this refund, or an earlier one of the same sum: only the bank's cabinet tells which.
        raise GatewayRefused("sbp_refund_unclear", Cause.DUPLICATE)
    return None


def _last_by_sbp(client: TerminalClient, payment_id: str) -> Content:
    try:
        return client.call("GetQrState", PaymentId=payment_id)
    except TBankSaysNo as no:
        raise GatewayUnavailable(str(no)) from None


def _why_not_by_sbp(client: TerminalClient, payment_id: str, amount: Money) -> str:
    last = _last_by_sbp(client, payment_id)
    code = last.get("QrCancelCode")
    if not code or answers.kopecks(last, "Amount") != amount:
        return ""
    return str(code)


def _refusal(no: TBankSaysNo) -> GatewayRefused:
    """Of a refund it is the shop that has no money: «на карте не хватило денег» would be untrue."""
    if no.code == WRONG_STATE or no.code in UNKNOWN:
        return GatewayRefused(str(no), Cause.CANCELED)
    return GatewayRefused(str(no))


def _truth(ref: str, amount: Money, told: str, reason: str = "") -> RefundTruth:
    if told in answers.RETURNING:
        state = TruthState.PENDING
    elif told in answers.RETURNED:
        state = TruthState.SUCCEEDED
    elif reason:
        state = TruthState.CANCELED
    else:
        raise answers.garbled("Status of a refund")
    return RefundTruth(
        acquirer_id=f"{UUID(ref).hex}-{amount.kopecks}",
        state=state,
        amount=amount,
        reason=reason[:64],
        cause=Cause.OTHER if reason else None,
    )


def _money(kopecks: str) -> Money:
    return answers.kopecks({"Amount": int(kopecks)}, "Amount")
