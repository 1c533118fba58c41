"""The worker's part of refunds and fiscal receipts: addresses of operations."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from kabinet.payments.operations.enqueuing import QUEUE


@app.task(name="payments.check_refund", queue=QUEUE, retry=False)
def check_refund(*, refund_id: int, **_from_newer_senders: object) -> None:
    from kabinet.payments.operations import refunding

    refunding.check_refund(refund_id=refund_id, at=timezone.now())


@app.task(name="payments.compare_returned", queue=QUEUE, retry=False)
def compare_returned(*, attempt_id: int, **_from_newer_senders: object) -> None:
    from kabinet.payments.operations import refunding

    refunding.compare_returned(attempt_id=attempt_id, at=timezone.now())


@app.periodic(cron="* * * * * */20")
@app.task(name="payments.poll_refunds", queue=QUEUE, queueing_lock="payments.poll_refunds")
def poll_refunds(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.payments.operations import polling

    polling.enqueue_due_refunds(at=timezone.now())


@app.task(name="payments.check_receipt", queue=QUEUE, retry=False)
def check_receipt(*, receipt_id: int, **_from_newer_senders: object) -> None:
    from kabinet.payments.operations import receipts

    receipts.check_receipt(receipt_id=receipt_id, at=timezone.now())


@app.periodic(cron="* * * * * */20")
@app.task(name="payments.poll_receipts", queue=QUEUE, queueing_lock="payments.poll_receipts")
def poll_receipts(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.payments.operations import polling

    polling.enqueue_due_receipts(at=timezone.now())
