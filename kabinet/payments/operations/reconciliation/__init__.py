"""The daily comparison of three books: the bank's, ours, the provider's (PAY-46, OPX-19)."""

from __future__ import annotations

from kabinet.payments.operations.reconciliation.closing import (
    DecisionNeeded,
    DiscrepancyClosed,
    NoteMissing,
    close_discrepancy,
)
from kabinet.payments.operations.reconciliation.running import (
    DayNotOver,
    ReconciliationNotFound,
    enqueue_due,
    order_again,
    reconcile,
)

__all__ = [
    "DayNotOver",
    "DecisionNeeded",
    "DiscrepancyClosed",
    "NoteMissing",
    "ReconciliationNotFound",
    "close_discrepancy",
    "enqueue_due",
    "order_again",
    "reconcile",
]
