"""A part that contradicting money has held is free again; every other operation calls this under the part's lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from kabinet.kernel import locks
from kabinet.kernel.money import Money
from kabinet.kernel.workflow import require_transition
from kabinet.payments.enums import (
    ATTEMPT_TRANSITIONS,
    AttemptState,
    DiscrepancyKind,
    Outcome,
)
from kabinet.payments.models import Attempt, Discrepancy


@dataclass(frozen=True, slots=True)
class Closing:
    """How a difference was ended, by whom, and what the bank held then."""

    outcome: Outcome
    note: str
    user_id: int | None
    at: datetime
    bank_amount: Money | None = None


def release(attempt: Attempt, *, payment_id: str, state: AttemptState, at: datetime) -> None:
    """Let the attempt's part go, unless the attempt's own payment stands or is still to be heard of."""
    if attempt.state in {AttemptState.SUCCEEDED, AttemptState.RETURNED, state}:
        return
    if attempt.state == AttemptState.DISPUTED and attempt.acquirer_id not in {None, payment_id}:
        # What was dealt with is a second payment of the order; the poller goes on with the first.
        target, finished_at, next_check_at = AttemptState.PENDING, None, at
    else:
        target, finished_at, next_check_at = state, at, None
    require_transition(ATTEMPT_TRANSITIONS, current=attempt.state, target=target)
    attempt.state, attempt.finished_at, attempt.next_check_at = target, finished_at, next_check_at
    attempt.save(update_fields=["state", "finished_at", "next_check_at"])


def close_differences(attempt: Attempt, *, payment_id: str, closing: Closing) -> None:
    """Close all that stands in the list about the bank's payment, also as one that we did not know."""
    provider_id = attempt.merchant.provider_id
    # Comparisons write many rows at once: one after the other they meet in no circle.
    locks.wait_until_commit(f"payments.discrepancies:{provider_id}")
    # A second payment of the same order is a matter of its own.
    of_the_attempt = Q(key=f"attempt:{attempt.public_id}", acquirer_id__in=["", payment_id])
    as_unknown = Q(
        kind=DiscrepancyKind.MISSING_HERE,
        key__startswith="paid:",
        merchant=attempt.merchant_id,
        acquirer_id=payment_id,
    )
    rows = Discrepancy.objects.filter(of_the_attempt | as_unknown, provider_id=provider_id)
    rows.update(
        closed_at=closing.at,
        closed_by_id=closing.user_id,
        note=closing.note,
        outcome=closing.outcome,
    )
    if closing.bank_amount is not None:
        # Found again with this sum it stays closed.
        rows.filter(acquirer_id=payment_id).update(bank_amount=closing.bank_amount.amount)
