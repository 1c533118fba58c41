"""What follows from money that has moved, in the transaction that learned of it: the till's receipt and a letter."""

from __future__ import annotations

from kabinet.identity.events import PersonDeleted
from kabinet.kernel import events
from kabinet.payments.events import PaymentSettled, RefundSettled
from kabinet.payments.messages import payments as letters
from kabinet.payments.operations import leaving, receipts


def subscribe() -> None:
    """Called once, when the app is ready."""
    letters.register_writers()
    events.subscribe(PaymentSettled, receipts.open_receipt_of_payment)
    events.subscribe(PaymentSettled, letters.tell_paid)
    events.subscribe(RefundSettled, receipts.open_receipt_of_refund)
    events.subscribe(RefundSettled, letters.tell_returned)
    events.subscribe(PersonDeleted, leaving.part_with_person)
