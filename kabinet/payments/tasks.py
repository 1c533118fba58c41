from __future__ import annotations

import uuid

from django.utils import timezone
from procrastinate.contrib.django import app

# Importing registers what goes by itself: autopays and cards, refunds and receipts.
from kabinet.payments import tasks_autopay, tasks_reconciliation, tasks_refunds  # noqa: F401 -- registers them
from kabinet.payments.operations.enqueuing import QUEUE


@app.task(name="payments.check", queue=QUEUE, retry=False)
def check(*, attempt_id: int, **_from_newer_senders: object) -> None:
    from kabinet.payments.operations import attempts

    attempts.check(attempt_id=attempt_id, at=timezone.now())


@app.task(name="payments.adopt", queue=QUEUE, retry=False)
def adopt(*, merchant_id: int, acquirer_id: str, **_from_newer_senders: object) -> None:
    from kabinet.payments.operations import notices

    notices.adopt(merchant_id=merchant_id, acquirer_id=acquirer_id, at=timezone.now())


@app.task(name="payments.check_binding", queue=QUEUE, retry=False)
def check_binding(*, binding_id: str, **_from_newer_senders: object) -> None:
    from kabinet.payments.operations import bindings

    bindings.ask_bank(binding_id=uuid.UUID(binding_id), at=timezone.now())


# The sixth field is seconds: while somebody waits for the bank, a minute is long.
@app.periodic(cron="* * * * * */10")
@app.task(name="payments.poll", queue=QUEUE, queueing_lock="payments.poll")
def poll(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.payments.operations import polling

    polling.enqueue_due(at=timezone.now())


@app.periodic(cron="57 3 * * *")
@app.task(name="payments.forget_contacts", queueing_lock="payments.forget_contacts")
def forget_contacts(timestamp: int) -> None:  # noqa: ARG001 -- the clock passes it
    from kabinet.payments.operations import leaving

    leaving.forget_contacts_of_deleted(at=timezone.now())
