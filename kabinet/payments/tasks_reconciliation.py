"""The worker's part of the daily comparison: addresses of operations."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from procrastinate.contrib.django import app

from kabinet.payments.operations.enqueuing import QUEUE


@app.task(name="payments.reconcile", queue=QUEUE, retry=False)
def reconcile(*, merchant_id: int, day: str, **_from_newer_senders: object) -> None:
    from kabinet.payments.operations import reconciliation

    reconciliation.reconcile(
        merchant_id=merchant_id, day=date.fromisoformat(day), at=timezone.now()
    )


# Every hour: days end at different times, and a bank that did not answer is asked again.
@app.periodic(cron="20 * * * *")
@app.task(name="payments.reconcile_due", queue=QUEUE, queueing_lock="payments.reconcile_due")
def reconcile_due(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.payments.operations import reconciliation

    reconciliation.enqueue_due(at=timezone.now())
