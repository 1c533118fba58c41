"""Which differences hold money and wait for a decision, not only for a word (PAY-45, OPX-31)."""

from __future__ import annotations

from datetime import datetime

from kabinet.payments.calculations.waiting import KEY_LIVES
from kabinet.payments.enums import (
    GIVEN_UP,
    RESOLVED,
    AttemptState,
    DiscrepancyKind,
    RefundState,
)
from kabinet.payments.models import Attempt, Discrepancy, Refund

_OF_THE_BANK = (DiscrepancyKind.OTHER_SUM, DiscrepancyKind.OTHER_STATE)


def get_undecided(found: Discrepancy, *, at: datetime) -> Attempt | Refund | None:
    """Give the attempt or refund whose money waits for a decision; None where a word is enough; one query at most."""
    kind, _colon, number = found.key.partition(":")
    if kind == "attempt":
        attempts = Attempt.objects.select_related("part__checkout", "part__merchant")
        attempt = attempts.filter(public_id=number).first()
        return attempt if attempt is not None and is_undecided(found, attempt) else None
    if kind == "refund":
        refund = Refund.objects.select_related("part__checkout").filter(public_id=number).first()
        if refund is not None and (is_lost(found, refund, at=at) or is_contradicted(found, refund)):
            return refund
    return None


def is_undecided(found: Discrepancy, attempt: Attempt) -> bool:
    """Whether people still have to say what becomes of the money that the difference is about."""
    if attempt.state == AttemptState.DISPUTED:
        return True
    if found.closed_at is not None or found.gone_at is not None:
        return False
    if attempt.state == AttemptState.PENDING:
        return found.kind == DiscrepancyKind.UNKNOWN_THERE
    if found.kind not in _OF_THE_BANK:
        return False
    # The same order may have been paid twice.
    is_second = found.acquirer_id not in {"", attempt.acquirer_id}
    return is_second or attempt.state in {*GIVEN_UP, *RESOLVED}


def is_contradicted(found: Discrepancy, refund: Refund) -> bool:
    """Whether the bank has made a refund otherwise than it stands here: of another sum, or after it was declined.

    Or has forgotten one that it was making.
    """
    if found.kind not in _OF_THE_BANK or refund.acquirer_id is None:
        return False
    if refund.state == RefundState.PENDING:
        return True
    is_open = found.closed_at is None and found.gone_at is None
    return refund.state == RefundState.DECLINED and is_open


def is_lost(found: Discrepancy, refund: Refund, *, at: datetime) -> bool:
    """Whether nobody knows if the bank has made a refund: its answer never came, it has forgotten the key by now."""
    return (
        found.kind == DiscrepancyKind.OTHER_STATE
        and refund.state == RefundState.CREATED
        and refund.acquirer_id is None
        and at >= refund.created_at + KEY_LIVES
    )
