"""Fiscal receipts: a row with the money, then the till's numbers as soon as it has given them (PAY-44, 54-ФЗ)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from kabinet.kernel import audit
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.kernel.errors import NotVisible
from kabinet.kernel.workflow import require_transition
from kabinet.payments import scopes
from kabinet.payments.asked import fiscal_as_kept, fiscal_from_kept, lines_as_kept
from kabinet.payments.calculations.addresses import is_page
from kabinet.payments.calculations.waiting import next_check
from kabinet.payments.enums import (
    GIVEN_UP,
    RECEIPT_TRANSITIONS,
    UNDER_WAY,
    AttemptState,
    ReceiptState,
)
from kabinet.payments.events import PaymentSettled, RefundSettled
from kabinet.payments.fiscal import kept_or_asked, refund_receipt_of
from kabinet.payments.gateways.base import (
    Fiscal,
    GatewayRefused,
    GatewayUnavailable,
    GatewayUnknown,
    ReceiptOrder,
)
from kabinet.payments.gateways.registry import gateway
from kabinet.payments.models import Attempt, FiscalReceipt, Refund
from kabinet.payments.operations import enqueuing
from kabinet.payments.operations.access import access_to
from kabinet.payments.operations.settlement import lock_attempt

logger = logging.getLogger(__name__)
# A till answers within seconds; a working day later somebody has to look why it has not (ст. 1.2 п. 5.4).
FIRST_LOOK = timedelta(seconds=10)
GIVEN_UP_AFTER = timedelta(hours=36)


class ReceiptNotFound(NotVisible):
    pass


def open_receipt_of_payment(event: PaymentSettled) -> None:
    """Write down that a receipt is on its way, in the transaction that learned of the money."""
    attempt = Attempt.objects.select_related(
        "part__merchant__provider", "part__checkout__user"
    ).get(pk=event.attempt_id)
    order = kept_or_asked(attempt).receipt
    if order is None:
        return
    receipt = _open(order, bank=attempt.part.merchant.gateway, at=event.at, attempt=attempt)
    told = fiscal_from_kept(attempt.told_receipt, acquirer_id=attempt.acquirer_id or "")
    if told is not None:
        _apply(receipt.pk, told, event.at)


def open_receipt_of_refund(event: RefundSettled) -> None:
    refund = Refund.objects.select_related(
        "attempt", "part__merchant__provider", "part__checkout__user"
    ).get(pk=event.refund_id)
    order = refund_receipt_of(refund)
    if order is not None:
        _open(order, bank=refund.part.merchant.gateway, at=event.at, refund=refund)


def _open(
    order: ReceiptOrder,
    *,
    bank: str,
    at: datetime,
    attempt: Attempt | None = None,
    refund: Refund | None = None,
) -> FiscalReceipt:
    is_told = gateway(bank).abilities.receipts
    return FiscalReceipt.objects.create(
        attempt=attempt,
        refund=refund,
        state=ReceiptState.WAITING if is_told else ReceiptState.SENT,
        contact=order.email or order.phone,
        lines=lines_as_kept(order.lines),
        created_at=at,
        next_check_at=at + FIRST_LOOK if is_told else None,
    )


def check_receipt(*, receipt_id: int, at: datetime) -> ReceiptState:
    """Ask the bank for a receipt's numbers and keep them; what it does not know yet is asked for later."""
    receipt = FiscalReceipt.objects.select_related(
        "attempt__merchant", "refund__attempt__merchant"
    ).get(pk=receipt_id)
    if receipt.state != ReceiptState.WAITING:
        return ReceiptState(receipt.state)
    try:
        fiscal = _fetch(receipt)
    except (GatewayUnavailable, GatewayUnknown, GatewayRefused):
        fiscal = None
    return _apply(receipt_id, fiscal, at)


def take_fiscal(*, merchant_id: int, acquirer_id: str, fiscal: Fiscal, at: datetime) -> None:
    """Keep the numbers of a payment's receipt that the bank has told by itself; a second time nothing changes.

    Of a payment that people still decide about, or that may come late, they wait with its attempt: the bank tells them
    in no other way, and not for ever.

    :raises ReceiptNotFound: its payment is not settled here yet; the bank tells again later.
    """
    attempts = Attempt.objects.filter(merchant=merchant_id, acquirer_id=acquirer_id)
    receipt = FiscalReceipt.objects.filter(attempt__in=attempts).first()
    if receipt is not None:
        _apply(receipt.pk, fiscal, at)
    elif attempts.filter(state__in=UNDER_WAY, merchant__issues_receipts=True).exists():
        raise ReceiptNotFound
    else:
        _keep_until_booked(attempts, fiscal, acquirer_id=acquirer_id, at=at)


@transaction.atomic
def _keep_until_booked(
    attempts: QuerySet[Attempt], fiscal: Fiscal, *, acquirer_id: str, at: datetime
) -> None:
    """Under the part's lock: money that is booked at this moment has its receipt already, or finds the numbers."""
    waiting = attempts.filter(
        state__in=[AttemptState.DISPUTED, *GIVEN_UP], merchant__issues_receipts=True
    ).first()
    if waiting is None:
        return
    attempt = lock_attempt(waiting.pk)
    receipt = FiscalReceipt.objects.filter(attempt=attempt).first()
    if receipt is not None:
        _apply(receipt.pk, fiscal, at)
        return
    before = fiscal_from_kept(attempt.told_receipt, acquirer_id=acquirer_id)
    if before is None or not before.document_number:
        attempt.told_receipt = fiscal_as_kept(fiscal, acquirer_id=acquirer_id)
        attempt.save(update_fields=["told_receipt"])


def _fetch(receipt: FiscalReceipt) -> Fiscal | None:
    attempt = receipt.attempt if receipt.refund is None else receipt.refund.attempt
    assert attempt is not None  # noqa: S101 -- held by receipt_is_of_one_thing
    known_as = attempt.acquirer_id if receipt.refund is None else receipt.refund.acquirer_id
    return gateway(attempt.merchant.gateway).fetch_receipt(
        access_to(attempt.merchant), known_as or "", of_refund=receipt.refund is not None
    )


@transaction.atomic
def _apply(receipt_id: int, fiscal: Fiscal | None, at: datetime) -> ReceiptState:
    receipt = FiscalReceipt.objects.select_for_update(of=("self",), no_key=True).get(pk=receipt_id)
    if receipt.state == ReceiptState.REGISTERED:
        return ReceiptState.REGISTERED
    if fiscal is not None and fiscal.document_number:
        _keep(receipt, fiscal)
        _end(receipt, ReceiptState.REGISTERED, at)
    elif receipt.state == ReceiptState.FAILED:
        return ReceiptState.FAILED
    elif (fiscal is not None and fiscal.is_final) or at >= receipt.created_at + GIVEN_UP_AFTER:
        _end(receipt, ReceiptState.FAILED, at)
    elif receipt.state == ReceiptState.WAITING:
        receipt.next_check_at = next_check(checks=receipt.checks, at=at)
    receipt.checks += 1
    receipt.save()
    return ReceiptState(receipt.state)


def _keep(receipt: FiscalReceipt, fiscal: Fiscal) -> None:
    receipt.acquirer_id = fiscal.acquirer_id[:64]
    receipt.document_number = fiscal.document_number[:20]
    receipt.storage_number = fiscal.storage_number[:20]
    receipt.fiscal_sign = fiscal.sign[:20]
    receipt.registered_at = fiscal.registered_at
    # It becomes a link on people's pages.
    receipt.url = fiscal.url if is_page(fiscal.url) else ""
    if fiscal.url and not receipt.url:
        logger.warning("receipt.no_link receipt=%s length=%s", receipt.pk, len(fiscal.url))


def _end(receipt: FiscalReceipt, state: ReceiptState, at: datetime) -> None:
    require_transition(RECEIPT_TRANSITIONS, current=receipt.state, target=state)
    receipt.state, receipt.next_check_at = state, None
    audit.record(SYSTEM, f"payments.receipt.{state.value}", receipt, at=at)


@transaction.atomic
def ask_for_receipt_again(*, actor: Actor, receipt_id: int, at: datetime) -> None:
    """Look once more for a receipt that was given up: the till was repaired, or answered late.

    :raises ReceiptNotFound: it is of no payment that the actor looks after.
    :raises TransitionRefused: it is not given up.
    """
    mine = scopes.served_receipts(actor)
    receipt = mine.select_for_update(of=("self",), no_key=True).filter(pk=receipt_id).first()
    if receipt is None:
        raise ReceiptNotFound
    require_transition(RECEIPT_TRANSITIONS, current=receipt.state, target=ReceiptState.WAITING)
    receipt.state, receipt.next_check_at, receipt.checks = ReceiptState.WAITING, at, 0
    # The time in which the till has to answer begins anew.
    receipt.created_at = at
    receipt.save(update_fields=["state", "next_check_at", "checks", "created_at"])
    audit.record(actor, "payments.receipt.ask_again", receipt, at=at)
    enqueuing.check_receipt_soon(receipt.pk)
