"""The poller: what nobody has told us about is asked for, more and more rarely (design §6, step 3)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kabinet.payments.calculations.waiting import next_check
from kabinet.payments.models import Attempt
from kabinet.payments.operations import enqueuing

AT_ONCE = 200


@transaction.atomic
def enqueue_due(*, at: datetime) -> int:
    """Queue a check of the attempts whose time has come; gives how many.

    Workers on several machines take different ones. The next look is written together with the job, so a worker that
    dies over the check loses nothing.
    """
    due = (
        Attempt.objects.filter(next_check_at__lte=at)
        .order_by("next_check_at", "pk")
        .select_for_update(of=("self",), skip_locked=True, no_key=True)[:AT_ONCE]
    )
    attempts = list(due)
    for attempt in attempts:
        attempt.next_check_at = next_check(checks=attempt.checks, at=at)
        attempt.checks += 1
        enqueuing.check_soon(attempt.pk)
    Attempt.objects.bulk_update(attempts, ["next_check_at", "checks"])
    return len(attempts)
