"""What a bank says otherwise of a refund: written down for people, under the refund's lock (PAY-45)."""

from __future__ import annotations

import logging
from datetime import datetime

from kabinet.kernel.money import Money
from kabinet.payments.enums import DiscrepancyKind, RefundState
from kabinet.payments.gateways.base import RefundTruth, TruthState
from kabinet.payments.models import Discrepancy, Refund
from kabinet.payments.operations.discrepancies import note_discrepancy

logger = logging.getLogger(__name__)


def forget_differences(refund: Refund, at: datetime) -> None:
    """The bank says what we say after all."""
    found = Discrepancy.objects.filter(
        provider_id=refund.attempt.merchant.provider_id, key=f"refund:{refund.public_id}"
    )
    found.filter(gone_at=None, closed_at=None).update(gone_at=at)


def note_contradiction(refund: Refund, truth: RefundTruth, at: datetime) -> None:
    """A finished refund of which the bank now says something else: booked nowhere by itself (PAY-45)."""
    declined_but_done = refund.state == RefundState.DECLINED and truth.state is TruthState.SUCCEEDED
    done_but_declined = refund.state == RefundState.SUCCEEDED and truth.state is TruthState.CANCELED
    if declined_but_done or done_but_declined:
        # As the daily comparison has it: what people have closed it finds closed.
        is_other_sum = declined_but_done and truth.amount != Money(refund.amount)
        kind = DiscrepancyKind.OTHER_SUM if is_other_sum else DiscrepancyKind.OTHER_STATE
        note_refund(refund, kind, truth.amount, at)


def note_refund(
    refund: Refund, kind: DiscrepancyKind, bank_amount: Money | None, at: datetime
) -> None:
    logger.error("refund.contradiction refund=%s kind=%s", refund.public_id, kind)
    note_discrepancy(
        merchant=refund.attempt.merchant,
        kind=kind,
        key=f"refund:{refund.public_id}",
        acquirer_id=refund.acquirer_id or "",
        bank_amount=bank_amount,
        own_amount=Money(refund.amount),
        at=at,
    )
