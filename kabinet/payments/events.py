from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PaymentSettled:
    """A part's money has been taken; published in the transaction that wrote its ledger entries."""

    part_id: int
    attempt_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """An attempt has ended without money."""

    part_id: int
    attempt_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundSettled:
    """Money has gone back; published in the transaction that wrote its ledger entries."""

    refund_id: int
    at: datetime
