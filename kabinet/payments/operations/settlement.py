"""The bank's word becomes ours, once: everything that learns of a payment ends here (design §6, steps 3–4).

Whoever learns something, the webhook, the poller, the person's return, asks the bank for the truth outside any
transaction and hands it to ``apply_truth``, a short transaction under the part's lock. Rows are locked in one order
everywhere: part, attempt, ledger, cart.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from kabinet.kernel import audit, events
from kabinet.kernel.actors import SYSTEM
from kabinet.kernel.money import Money
from kabinet.kernel.workflow import require_transition
from kabinet.payments.calculations.waiting import LOOKED_FOR, next_check
from kabinet.payments.enums import (
    ATTEMPT_TRANSITIONS,
    GIVEN_UP,
    HOLDING,
    PART_TRANSITIONS,
    REFUND_UNDER_WAY,
    RESOLVED,
    UNDER_WAY,
    AttemptState,
    Cause,
    DiscrepancyKind,
    EntryKind,
    Origin,
    PartState,
)
from kabinet.payments.events import PaymentFailed, PaymentSettled
from kabinet.payments.gateways.base import GatewayRefused, PaymentTruth, TruthState
from kabinet.payments.models import (
    Attempt,
    CartItem,
    CheckoutItem,
    CheckoutPart,
    Discrepancy,
    LedgerEntry,
    Refund,
)
from kabinet.payments.operations.cards import forget_means, keep_card
from kabinet.payments.operations.discrepancies import note_discrepancy

logger = logging.getLogger(__name__)
ROUBLE = "RUB"


@transaction.atomic
def apply_truth(*, attempt_id: int, truth: PaymentTruth, at: datetime) -> AttemptState:
    """Move the attempt to where the bank has it; a second time, or later, the same changes nothing.

    A truth that contradicts what was asked for (another sum, another order) moves no money here: the attempt becomes
    disputed, holds its part, and stands in the list of discrepancies.
    """
    attempt = lock_attempt(attempt_id)
    _forget_unknown(attempt, at)
    if _is_late(attempt, truth):
        logger.warning("payment.late attempt=%s was=%s", attempt.public_id, attempt.state)
        settle(attempt, truth, at)
    elif attempt.state not in UNDER_WAY:
        _note_contradiction(attempt, truth, at)
    elif _contradicts(attempt, truth):
        _dispute(attempt, truth, at)
    elif truth.state is TruthState.SUCCEEDED:
        settle(attempt, truth, at)
    elif truth.state is TruthState.CANCELED:
        _end(attempt, truth.cause or Cause.OTHER, truth.reason, at, acquirer_id=truth.acquirer_id)
    else:
        _wait(attempt, truth, at)
    return AttemptState(attempt.state)


@transaction.atomic
def apply_refusal(*, attempt_id: int, refusal: GatewayRefused, at: datetime) -> AttemptState:
    """The bank would not take the order at all, and it is known that no earlier call was heard."""
    attempt = lock_attempt(attempt_id)
    if attempt.state == AttemptState.CREATED:
        _end(attempt, refusal.cause, refusal.reason, at)
    return AttemptState(attempt.state)


@transaction.atomic
def give_up(*, attempt_id: int, at: datetime, was_heard: bool) -> AttemptState:
    """The bank does not know the order and never will: its time is over and it is in no list.

    Without ``was_heard`` it has never been called, which a press at this moment may have changed.
    """
    attempt = lock_attempt(attempt_id)
    is_being_sent = not was_heard and attempt.called_at is not None
    if attempt.state == AttemptState.CREATED and not is_being_sent:
        _end(attempt, Cause.BANK_DOWN, "not_found", at)
    return AttemptState(attempt.state)


@transaction.atomic
def look_later(*, attempt_id: int, at: datetime) -> None:
    """Nothing was learned; the poller asks again."""
    attempt = lock_attempt(attempt_id)
    if attempt.state in UNDER_WAY:
        _schedule(attempt, at)
        attempt.save(update_fields=["checks", "next_check_at"])


@transaction.atomic
def note_unknown(*, attempt_id: int, at: datetime) -> None:
    """The bank answers that it knows no such payment: once its time is long over people have to look (PAY-45)."""
    attempt = lock_attempt(attempt_id)
    if attempt.state not in UNDER_WAY:
        return
    _schedule(attempt, at)
    attempt.save(update_fields=["checks", "next_check_at"])
    if at >= attempt.expires_at + LOOKED_FOR:
        note_discrepancy(
            merchant=attempt.merchant,
            kind=DiscrepancyKind.UNKNOWN_THERE,
            key=f"attempt:{attempt.public_id}",
            acquirer_id=attempt.acquirer_id or "",
            own_amount=Money(attempt.amount),
            at=at,
        )


def lock_attempt(attempt_id: int) -> Attempt:
    """The part first: refunds and other attempts of the same part wait here."""
    part = CheckoutPart.objects.select_for_update(of=("self",), no_key=True).get(
        attempts=attempt_id
    )
    attempt = (
        Attempt.objects.select_for_update(of=("self",), no_key=True)
        .select_related("merchant")
        .get(pk=attempt_id)
    )
    attempt.part = part
    return attempt


def _forget_unknown(attempt: Attempt, at: datetime) -> None:
    """The bank knows the payment after all."""
    if attempt.state == AttemptState.PENDING and at >= attempt.expires_at + LOOKED_FOR:
        unknown = Discrepancy.objects.filter(
            provider_id=attempt.merchant.provider_id,
            kind=DiscrepancyKind.UNKNOWN_THERE,
            key=f"attempt:{attempt.public_id}",
            gone_at=None,
        )
        unknown.update(gone_at=at)


def _is_late(attempt: Attempt, truth: PaymentTruth) -> bool:
    """We gave it up and the bank has taken its money after all, just as asked, and nothing else pays the part.

    What has gone back, or is on its way back because people have decided so, is booked no more.
    """
    return (
        attempt.state in GIVEN_UP
        and truth.state is TruthState.SUCCEEDED
        and not truth.refunded
        and not _contradicts(attempt, truth)
        and not attempt.part.attempts.filter(state__in=HOLDING).exists()
        and not _goes_back(attempt, truth.acquirer_id)
    )


def _goes_back(attempt: Attempt, acquirer_id: str) -> bool:
    under_way = Refund.objects.filter(attempt=attempt, state__in=REFUND_UNDER_WAY)
    return under_way.filter(of_payment=acquirer_id).exists()


def _contradicts(attempt: Attempt, truth: PaymentTruth) -> bool:
    """What was taken and has gone back whole on the bank's own site is no payment of what was asked for, either."""
    went_back = bool(truth.refunded) and truth.refunded == truth.amount
    return (
        went_back
        or truth.amount != Money(attempt.amount)
        or truth.currency != ROUBLE
        or (bool(truth.ref) and truth.ref != str(attempt.public_id))
        or attempt.acquirer_id not in {None, truth.acquirer_id}
        or is_known_elsewhere(attempt, truth.acquirer_id)
    )


def is_known_elsewhere(attempt: Attempt, acquirer_id: str) -> bool:
    """Whether the bank's payment is another attempt's."""
    same = Attempt.objects.filter(merchant=attempt.merchant_id, acquirer_id=acquirer_id)
    return same.exclude(pk=attempt.pk).exists()


def settle(attempt: Attempt, truth: PaymentTruth, at: datetime) -> None:
    """Book the attempt's money on its lines; the caller holds ``lock_attempt`` and knows that the bank has taken it."""
    part, paid_at = attempt.part, truth.paid_at or at
    move(attempt, AttemptState.SUCCEEDED, at, acquirer_id=truth.acquirer_id)
    attempt.cause = attempt.reason = ""
    if truth.means is not None:
        attempt.card_system, attempt.card_last4 = truth.means.system[:20], truth.means.last4[-4:]
    attempt.save()
    require_transition(PART_TRANSITIONS, current=part.state, target=PartState.PAID)
    part.state, part.paid_at = PartState.PAID, paid_at
    part.save(update_fields=["state", "paid_at"])
    items = list(part.items.filter(amount__gt=0).order_by("position"))
    LedgerEntry.objects.bulk_create(_entry(attempt, item, paid_at) for item in items)
    _keep_means(attempt, truth, at)
    _take_out_of_cart(part, items)
    audit.record(
        SYSTEM,
        "payments.settle",
        attempt,
        at=at,
        amount=str(attempt.amount),
        bank=truth.acquirer_id,
    )
    events.publish(PaymentSettled(part_id=part.pk, attempt_id=attempt.pk, at=at))


def _take_out_of_cart(part: CheckoutPart, items: Sequence[CheckoutItem]) -> None:
    """What is paid is no longer to be paid; a line that was put in since then stays."""
    checkout = part.checkout
    if checkout.origin != Origin.CART:
        return
    for item in items:
        same_place = CartItem.objects.filter(
            user=checkout.user_id,
            account=item.account_id,
            service=item.service_id,
            supplier=item.supplier_id,
            added_at__lte=checkout.created_at,
        )
        count, _rows = same_place.filter(receipt=item.receipt).delete()
        left = [] if count else list(same_place.order_by("pk").values_list("pk", flat=True)[:2])
        # The provider may have named the receipt otherwise since it was put in (queries.cart.line_for).
        if len(left) == 1:
            CartItem.objects.filter(pk__in=left).delete()


def _entry(attempt: Attempt, item: CheckoutItem, paid_at: datetime) -> LedgerEntry:
    return LedgerEntry(
        item=item,
        kind=EntryKind.PAID,
        attempt=attempt,
        account_id=item.account_id,
        amount=item.amount,
        penalty=item.penalty,
        commission=item.commission,
        happened_at=paid_at,
    )


def _keep_means(attempt: Attempt, truth: PaymentTruth, at: datetime) -> None:
    checkout = attempt.part.checkout
    if not checkout.save_card or truth.means is None or not truth.means.token:
        return
    if checkout.user_id:
        keep_card(user_id=checkout.user_id, merchant=attempt.merchant, means=truth.means, at=at)
    else:
        forget_means(merchant=attempt.merchant, means=truth.means, at=at)


def _end(
    attempt: Attempt, cause: Cause, reason: str, at: datetime, *, acquirer_id: str | None = None
) -> None:
    state = AttemptState.EXPIRED if cause is Cause.SESSION_OVER else AttemptState.DECLINED
    move(attempt, state, at, acquirer_id=acquirer_id)
    attempt.cause, attempt.reason = cause, reason[:64]
    attempt.save()
    audit.record(SYSTEM, "payments.fail", attempt, at=at, cause=cause.value, reason=reason[:64])
    events.publish(PaymentFailed(part_id=attempt.part_id, attempt_id=attempt.pk, at=at))


def _wait(attempt: Attempt, truth: PaymentTruth, at: datetime) -> None:
    if attempt.state == AttemptState.CREATED:
        require_transition(ATTEMPT_TRANSITIONS, current=attempt.state, target=AttemptState.PENDING)
        attempt.state, attempt.sent_at = AttemptState.PENDING, at
        attempt.acquirer_id = truth.acquirer_id
    attempt.confirmation_url = truth.confirmation_url or attempt.confirmation_url
    attempt.sbp_payload = truth.sbp_payload or attempt.sbp_payload
    _schedule(attempt, at)
    attempt.save()


def _schedule(attempt: Attempt, at: datetime) -> None:
    attempt.next_check_at = next_check(checks=attempt.checks, at=at)
    attempt.checks += 1


def move(
    attempt: Attempt, state: AttemptState, at: datetime, *, acquirer_id: str | None = None
) -> None:
    """End the attempt, or refuse where its state does not lead there; saves nothing."""
    require_transition(ATTEMPT_TRANSITIONS, current=attempt.state, target=state)
    attempt.state, attempt.finished_at, attempt.next_check_at = state, at, None
    attempt.acquirer_id = acquirer_id or attempt.acquirer_id


def _dispute(attempt: Attempt, truth: PaymentTruth, at: datetime) -> None:
    """The bank speaks of something else than we asked for: nobody is told «оплачено», staff have to look."""
    is_free = not is_known_elsewhere(attempt, truth.acquirer_id)
    mine = attempt.acquirer_id or (truth.acquirer_id if is_free else None)
    move(attempt, AttemptState.DISPUTED, at, acquirer_id=mine)
    attempt.reason = "contradiction"
    attempt.save()
    logger.error(
        "payment.disputed attempt=%s bank=%s asked=%s told=%s",
        attempt.public_id,
        truth.acquirer_id,
        attempt.amount,
        truth.amount.amount,
    )
    _note(attempt, truth, DiscrepancyKind.OTHER_SUM, at)
    audit.record(SYSTEM, "payments.dispute", attempt, at=at, bank=truth.acquirer_id)


def _note_contradiction(attempt: Attempt, truth: PaymentTruth, at: datetime) -> None:
    """A finished attempt of which the bank now says something else: booked nowhere by itself (PAY-45, 47)."""
    says_paid = truth.state is TruthState.SUCCEEDED
    if attempt.state in RESOLVED and (
        truth.refunded == truth.amount or _is_decided(attempt, truth)
    ):
        return
    ended_without = attempt.state not in HOLDING
    ended_with = attempt.state == AttemptState.SUCCEEDED
    # A second payment of the same order, whose money has not gone back.
    is_second = ended_with and attempt.acquirer_id not in {None, truth.acquirer_id}
    took_more = is_second and says_paid and truth.refunded < truth.amount
    is_lost = truth.state is TruthState.CANCELED and ended_with and not is_second
    if (says_paid and ended_without) or is_lost or took_more:
        logger.error("payment.contradiction attempt=%s state=%s", attempt.public_id, attempt.state)
        _note(attempt, truth, DiscrepancyKind.OTHER_STATE, at)


def _is_decided(attempt: Attempt, truth: PaymentTruth) -> bool:
    """People knew that the bank has this sum when they closed the attempt."""
    return Discrepancy.objects.filter(
        merchant=attempt.merchant_id,
        acquirer_id=truth.acquirer_id,
        bank_amount=truth.amount.amount,
        outcome__gt="",
        closed_at__isnull=False,
    ).exists()


def _note(attempt: Attempt, truth: PaymentTruth, kind: DiscrepancyKind, at: datetime) -> None:
    note_discrepancy(
        merchant=attempt.merchant,
        kind=kind,
        key=f"attempt:{attempt.public_id}",
        acquirer_id=truth.acquirer_id,
        bank_amount=truth.amount,
        own_amount=Money(attempt.amount),
        at=at,
    )
