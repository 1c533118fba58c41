"""The poller: what nobody has told us about is asked for, more and more rarely (design §6, step 3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from kabinet.payments.calculations.waiting import next_check
from kabinet.payments.models import Attempt, FiscalReceipt, Refund
from kabinet.payments.models.watched import Watched
from kabinet.payments.operations import enqueuing

T = TypeVar("T", bound=Watched)
AT_ONCE = 200


def enqueue_due(*, at: datetime) -> int:
    """Queue a check of the attempts whose time has come; gives how many."""
    return _enqueue(Attempt.objects.all(), enqueuing.check_soon, at=at, looks=1)


def enqueue_due_refunds(*, at: datetime) -> int:
    """Queue a look at the refunds whose time has come; gives how many."""
    return _enqueue(Refund.objects.all(), enqueuing.check_refund_soon, at=at)


def enqueue_due_receipts(*, at: datetime) -> int:
    """Queue a look at the receipts whose time has come; gives how many."""
    return _enqueue(FiscalReceipt.objects.all(), enqueuing.check_receipt_soon, at=at)


@transaction.atomic
def _enqueue(
    rows: QuerySet[T], soon: Callable[[int], None], *, at: datetime, looks: int = 0
) -> int:
    """Workers on several machines take different rows.

    The next look is written together with the job, so a worker that dies over it loses nothing. ``looks``: what the
    job counts for before it has run; of a refund the number says whether the bank may have heard.
    """
    due = (
        rows.filter(next_check_at__lte=at)
        .order_by("next_check_at", "pk")
        .select_for_update(of=("self",), skip_locked=True, no_key=True)[:AT_ONCE]
    )
    found = list(due)
    for row in found:
        row.next_check_at = next_check(checks=row.checks, at=at)
        row.checks += looks
        soon(row.pk)
    rows.bulk_update(found, ["next_check_at", "checks"])
    return len(found)
