"""Jobs about one thing wait in the queue once, however often somebody asks for them."""

from __future__ import annotations

import uuid

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

QUEUE = "payments"


def check_soon(attempt_id: int) -> None:
    """Have a worker ask the bank what has become of an attempt."""
    enqueue("payments.check", lock=f"payments.attempt.{attempt_id}", attempt_id=attempt_id)


def adopt_soon(*, merchant_id: int, acquirer_id: str) -> None:
    """Have a worker find out whose a payment is that we do not know by its bank's number."""
    enqueue(
        "payments.adopt",
        lock=f"payments.adopt.{merchant_id}.{acquirer_id}",
        merchant_id=merchant_id,
        acquirer_id=acquirer_id,
    )


def check_refund_soon(refund_id: int) -> None:
    """Have a worker ask the bank to give money back, or what has become of it."""
    enqueue("payments.check_refund", lock=f"payments.refund.{refund_id}", refund_id=refund_id)


def compare_returned_soon(attempt_id: int) -> None:
    """Have a worker see whether the bank has given back what our books hold."""
    enqueue(
        "payments.compare_returned", lock=f"payments.returned.{attempt_id}", attempt_id=attempt_id
    )


def check_receipt_soon(receipt_id: int) -> None:
    """Have a worker ask the bank for the till's numbers."""
    enqueue("payments.check_receipt", lock=f"payments.receipt.{receipt_id}", receipt_id=receipt_id)


def check_binding_soon(binding_id: uuid.UUID) -> None:
    """Have a worker ask the bank whether a card has been saved."""
    enqueue(
        "payments.check_binding",
        lock=f"payments.binding.{binding_id}",
        binding_id=str(binding_id),
    )


def enqueue(task: str, *, lock: str, **arguments: int | str) -> None:
    """Queue a task of this app unless the same one waits already."""
    job = app.configure_task(name=task, queue=QUEUE, queueing_lock=lock)
    try:
        # A refused insert must not spoil the caller's transaction.
        with transaction.atomic():
            job.defer(**arguments)
    except AlreadyEnqueued:
        return
