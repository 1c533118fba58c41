"""What a bank tells by itself: a reason to ask it, never a proof (facts §3.6)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from kabinet.kernel.errors import NotVisible
from kabinet.payments.enums import (
    GIVEN_UP,
    REFUND_UNDER_WAY,
    UNDER_WAY,
    AttemptState,
    BindingState,
    RefundState,
)
from kabinet.payments.gateways.base import (
    GatewayUnavailable,
    GatewayUnknown,
    Notice,
    NoticeKind,
    PaymentTruth,
)
from kabinet.payments.gateways.registry import gateway
from kabinet.payments.models import Attempt, CardBinding, Merchant, Refund
from kabinet.payments.operations import enqueuing, receipts, settlement
from kabinet.payments.operations.access import access_to

WAITING_BINDINGS = (BindingState.CREATED, BindingState.PENDING)


class MerchantNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class Envelope:
    """A notification as it came in; ``address`` is the sender's, proxies already taken off."""

    body: bytes
    headers: Mapping[str, str]
    address: str


def take_notice(*, gateway_code: str, merchant_id: uuid.UUID, envelope: Envelope) -> str:
    """Have a worker ask the bank about what the notification names; gives the answer that the bank wants.

    Nothing is asked about what has ended, so that repetitions, however many, cost two queries each.

    :raises MerchantNotFound: there is no such contract with that bank.
    :raises NoticeRefused: it is not the bank's.
    """
    merchant = Merchant.objects.filter(public_id=merchant_id, gateway=gateway_code).first()
    if merchant is None:
        raise MerchantNotFound
    bank = gateway(merchant.gateway)
    notice = bank.read_notice(
        access_to(merchant), body=envelope.body, headers=envelope.headers, address=envelope.address
    )
    _follow(merchant, notice)
    return bank.abilities.notice_reply


def _follow(merchant: Merchant, notice: Notice) -> None:
    mine = {"merchant": merchant, "acquirer_id": notice.acquirer_id}
    if notice.kind is NoticeKind.PAYMENT:
        known = Attempt.objects.filter(**mine).values_list("pk", "state").first()
        if known is None:
            enqueuing.adopt_soon(merchant_id=merchant.pk, acquirer_id=notice.acquirer_id)
        elif known[1] in UNDER_WAY:
            enqueuing.check_soon(known[0])
        elif known[1] in {*GIVEN_UP, AttemptState.CLOSED}:
            # The bank may have taken its money after all.
            enqueuing.adopt_soon(merchant_id=merchant.pk, acquirer_id=notice.acquirer_id)
    elif notice.kind is NoticeKind.REFUND:
        _follow_refund(merchant, notice)
    elif notice.fiscal is not None:
        receipts.take_fiscal(
            merchant_id=merchant.pk,
            acquirer_id=notice.acquirer_id,
            fiscal=notice.fiscal,
            at=timezone.now(),
        )
    else:
        binding = CardBinding.objects.filter(state__in=WAITING_BINDINGS, **mine).first()
        if binding is not None:
            enqueuing.check_binding_soon(binding.public_id)


def _follow_refund(merchant: Merchant, notice: Notice) -> None:
    """A refund that we know is asked about; one that we do not may be ours, or the bank's own doing."""
    known = Refund.objects.filter(part__merchant=merchant, acquirer_id=notice.acquirer_id)
    refund = known.values_list("pk", "state").first()
    if refund is not None:
        # A declined one may have been made after all.
        if refund[1] in {*REFUND_UNDER_WAY, RefundState.DECLINED}:
            enqueuing.check_refund_soon(refund[0])
        return
    attempt = Attempt.objects.filter(
        merchant=merchant, acquirer_id=notice.payment_id or None, state=AttemptState.SUCCEEDED
    ).first()
    if attempt is not None:
        enqueuing.compare_returned_soon(attempt.pk)


def adopt(*, merchant_id: int, acquirer_id: str, at: datetime) -> None:
    """Apply the bank's record of a payment whose number we never learned, when it is of one of our attempts.

    Its answer to our creating call was lost; the record carries our own number.
    """
    merchant = Merchant.objects.get(pk=merchant_id)
    truth = _truth(merchant, acquirer_id)
    ref = _as_uuid(truth.ref) if truth is not None else None
    attempt = Attempt.objects.filter(public_id=ref, merchant=merchant).first() if ref else None
    if attempt is not None and truth is not None:
        settlement.apply_truth(attempt_id=attempt.pk, truth=truth, at=at)


def _truth(merchant: Merchant, acquirer_id: str) -> PaymentTruth | None:
    """None: the poller and the daily comparison of the books come to it later."""
    try:
        return gateway(merchant.gateway).fetch(access_to(merchant), acquirer_id)
    except (GatewayUnavailable, GatewayUnknown):
        return None


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
