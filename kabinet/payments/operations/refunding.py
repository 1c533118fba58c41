"""Asking the bank to give money back: every call goes out with its row committed and outside any transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Sum

from kabinet.kernel.locks import alone
from kabinet.kernel.money import Money
from kabinet.payments.asked import Asked, as_kept
from kabinet.payments.calculations.waiting import KEY_LIVES
from kabinet.payments.enums import (
    REFUND_UNDER_WAY,
    Cause,
    DiscrepancyKind,
    EntryKind,
    RefundState,
)
from kabinet.payments.fiscal import refund_receipt_of
from kabinet.payments.gateways.base import (
    GatewayRefused,
    GatewayUnavailable,
    GatewayUnknown,
    PaymentTruth,
    RefundOrder,
    RefundTruth,
    TruthState,
)
from kabinet.payments.gateways.registry import gateway
from kabinet.payments.models import Attempt, CheckoutPart, LedgerEntry, Refund
from kabinet.payments.operations import enqueuing, refunds
from kabinet.payments.operations.access import access_to
from kabinet.payments.operations.discrepancies import note_discrepancy

LOCK = "payments.refund:{}"
# Refusals whose money moved nevertheless come to light within days; each costs a call.
LOOKED_BACK = timedelta(days=30)
MOST_LOOKS = 50
_WITH = ("attempt__merchant", "part__merchant__provider", "part__checkout__user")


def check_refund(*, refund_id: int, at: datetime) -> RefundState:
    """Ask the bank to give the money back, or what has become of it, and apply the answer.

    The key stays the same, so asking twice is one refund. When nothing is learned the poller goes on. Not every bank
    heeds the key (T-Bank does not for SBP), so no two processes ask about the same refund at once.
    """
    with alone(LOCK.format(refund_id)) as is_alone:
        return _check(refund_id, at) if is_alone else RefundState(_loaded(refund_id).state)


def _check(refund_id: int, at: datetime) -> RefundState:
    refund = _loaded(refund_id)
    if refund.state not in REFUND_UNDER_WAY:
        return _look_again(refund, at)
    if refund.asked is None:
        refund.asked = as_kept(Asked(receipt=refund_receipt_of(refund)))
    # Before the call, and committed: whoever comes next knows that the bank may have heard, and what.
    Refund.objects.filter(pk=refund_id).update(checks=F("checks") + 1, asked=refund.asked)
    try:
        truth = _ask(refund, at)
    except GatewayUnavailable:
        refunds.look_at_refund_later(refund_id=refund_id, at=at)
        return RefundState(refund.state)
    except GatewayUnknown:
        refunds.note_forgotten_refund(refund_id=refund_id, at=at)
        return RefundState(refund.state)
    except GatewayRefused as refusal:
        return _refused(refund, refusal, at)
    if truth is None:
        return _judge_by_the_payment(refund, Cause.BANK_DOWN, "not_found", at)
    return refunds.apply_refund_truth(refund_id=refund_id, truth=truth, at=at)


def _look_again(refund: Refund, at: datetime) -> RefundState:
    """The bank has told of a refund that it had declined; if it was made after all, people have to decide."""
    merchant, paid = refund.attempt.merchant, refund.of_payment or refund.attempt.acquirer_id or ""
    if refund.state != RefundState.DECLINED or not refund.acquirer_id:
        return RefundState(refund.state)
    try:
        truth = gateway(merchant.gateway).fetch_refund(
            access_to(merchant), paid, refund.acquirer_id
        )
    except (GatewayUnavailable, GatewayUnknown):
        # The daily comparison of the books comes to it.
        return RefundState.DECLINED
    return refunds.apply_refund_truth(refund_id=refund.pk, truth=truth, at=at)


def _loaded(refund_id: int) -> Refund:
    return Refund.objects.select_related(*_WITH).get(pk=refund_id)


def _ask(refund: Refund, at: datetime) -> RefundTruth | None:
    """None: the bank may have forgotten the key, so asking again could give the money back twice, and has no such refund."""
    merchant, order = refund.attempt.merchant, order_of(refund)
    bank, access = gateway(merchant.gateway), access_to(merchant)
    if refund.acquirer_id:
        return bank.fetch_refund(access, order.acquirer_id, refund.acquirer_id)
    if at >= refund.created_at + KEY_LIVES:
        return find(refund)
    return bank.refund(access, order)


def find(refund: Refund) -> RefundTruth | None:
    """Look for a refund whose creating call brought no answer, by our own number; touches no money.

    :raises GatewayUnavailable: the bank does not answer, or has not finished what it is doing with the payment.
    """
    merchant = refund.attempt.merchant
    return gateway(merchant.gateway).find_refund(
        access_to(merchant),
        order_of(refund),
        since=refund.created_at,
        returned=booked_back(refund),
    )


def order_of(refund: Refund) -> RefundOrder:
    """Everything that the bank is asked for; the same for every repeat of the call."""
    return RefundOrder(
        ref=str(refund.public_id),
        key=str(refund.key),
        acquirer_id=refund.of_payment or refund.attempt.acquirer_id or "",
        amount=Money(refund.amount),
        why=refund.why,
        whole=Money(refund.amount if refund.of_payment else refund.attempt.amount),
        receipt=refund_receipt_of(refund),
    )


def _refused(refund: Refund, refusal: GatewayRefused, at: datetime) -> RefundState:
    if refund.checks == 0:
        return refunds.apply_refund_refusal(
            refund_id=refund.pk, cause=refusal.cause, reason=refusal.reason, at=at
        )
    # The refusal may be of the repetition alone; whether an earlier call did it, the payment tells.
    return _judge_by_the_payment(refund, refusal.cause, refusal.reason, at)


def _judge_by_the_payment(refund: Refund, cause: Cause, reason: str, at: datetime) -> RefundState:
    """Let the sum go only when the bank has given back no more of the payment than our books hold."""
    merchant = refund.attempt.merchant
    try:
        truth = gateway(merchant.gateway).fetch(
            access_to(merchant), refund.of_payment or refund.attempt.acquirer_id or ""
        )
    except (GatewayUnavailable, GatewayUnknown):
        refunds.look_at_refund_later(refund_id=refund.pk, at=at)
        return RefundState(refund.state)
    if truth.refunded > booked_back(refund):
        refunds.note_lost_refund(refund_id=refund.pk, bank_returned=truth.refunded, at=at)
        return RefundState(refund.state)
    return refunds.apply_refund_refusal(refund_id=refund.pk, cause=cause, reason=reason, at=at)


def booked_back(refund: Refund) -> Money:
    """What of the bank's payment our books hold as given back; of unbooked money, what was given back through us."""
    if not refund.of_payment:
        return _returned(refund.attempt)
    earlier = Refund.objects.filter(
        attempt=refund.attempt_id, of_payment=refund.of_payment, state=RefundState.SUCCEEDED
    )
    through_us = earlier.exclude(pk=refund.pk).aggregate(back=Sum("amount", default=0))["back"]
    is_booked = refund.attempt.acquirer_id == refund.of_payment
    return Money(through_us) + (_returned(refund.attempt) if is_booked else Money.zero())


def _returned(attempt: Attempt) -> Money:
    entries = LedgerEntry.objects.filter(attempt=attempt, kind=EntryKind.REFUNDED)
    back = entries.aggregate(back=Sum(F("amount") + F("commission"), default=0))["back"]
    return Money(back)


def recognise_given_up(*, merchant_id: int, at: datetime, attempt_id: int | None = None) -> None:
    """Look for refunds that were given up without the bank's number and that it has made after all (PAY-45).

    They are booked by nobody but people. ``attempt_id``: only those of this payment.
    """
    given_up = Refund.objects.filter(
        attempt__merchant=merchant_id,
        state=RefundState.DECLINED,
        acquirer_id=None,
        created_at__gte=at - LOOKED_BACK,
    )
    if attempt_id is not None:
        given_up = given_up.filter(attempt=attempt_id)
    for refund in given_up.select_related(*_WITH).order_by("-pk")[:MOST_LOOKS]:
        try:
            truth = find(refund)
        except (GatewayUnavailable, GatewayUnknown):
            continue
        if truth is not None and truth.state is TruthState.SUCCEEDED:
            refunds.recognise(refund_id=refund.pk, truth=truth, at=at)


def compare_returned(*, attempt_id: int, at: datetime) -> bool:
    """Say whether the bank has given back what our books hold; if not, it stands in the list of discrepancies.

    Money given back on the bank's own site is found here, and booked by nobody but people. While a refund of ours is
    under way nothing can be said yet: it is looked at first.
    """
    attempt = Attempt.objects.select_related("merchant").get(pk=attempt_id)
    ours = Refund.objects.filter(attempt=attempt, state__in=REFUND_UNDER_WAY).first()
    if ours is not None:
        enqueuing.check_refund_soon(ours.pk)
        return True
    recognise_given_up(merchant_id=attempt.merchant_id, attempt_id=attempt.pk, at=at)
    try:
        truth = gateway(attempt.merchant.gateway).fetch(
            access_to(attempt.merchant), attempt.acquirer_id or ""
        )
    except (GatewayUnavailable, GatewayUnknown):
        # The daily comparison of the books comes to it.
        return True
    return _note_foreign_return(attempt, truth, at)


@transaction.atomic
def _note_foreign_return(attempt: Attempt, truth: PaymentTruth, at: datetime) -> bool:
    """Under the part's lock: a refund that ends at this moment must not look like the bank's own."""
    CheckoutPart.objects.select_for_update(of=("self",), no_key=True).get(pk=attempt.part_id)
    own = _returned(attempt)
    if truth.refunded <= own:
        return True
    if Refund.objects.filter(attempt=attempt, state__in=REFUND_UNDER_WAY).exists():
        return True
    note_discrepancy(
        merchant=attempt.merchant,
        kind=DiscrepancyKind.OTHER_SUM,
        key=f"returned:{attempt.public_id}",
        acquirer_id=truth.acquirer_id,
        bank_amount=truth.refunded,
        own_amount=own,
        at=at,
    )
    return False
