"""A bank in memory that gives money back and registers receipts; it does what it is told to do wrong.

Like the real ones it remembers keys, keeps its own books, and can do a thing and lose the answer.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from decimal import Decimal

from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import (
    Abilities,
    Fiscal,
    GatewayRefused,
    GatewayUnavailable,
    GatewayUnknown,
    PaymentTruth,
    RefundTruth,
    TruthState,
)

CODE = "testbank"
PATH = "tests.payments.refunding_bank.RefundingBank"


@dataclass
class Books:
    """What the bank holds and how it behaves next; ``troubles`` are used up one a call."""

    paid: dict[str, Money] = field(default_factory=dict)
    refunds: dict[str, RefundTruth] = field(default_factory=dict)
    asked: list[object] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    by_hand: dict[str, Money] = field(default_factory=dict)
    answers: TruthState = TruthState.SUCCEEDED
    receipts: dict[str, Fiscal] = field(default_factory=dict)
    receipts_asked: int = 0
    forgets_numbers: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def returned(self):
        return Money.total(
            truth.amount for truth in self.refunds.values() if truth.state is TruthState.SUCCEEDED
        )


BOOKS = Books()


def empty_books() -> Books:
    BOOKS.__init__()
    return BOOKS


class RefundingBank:
    abilities = Abilities(sbp=True, saved_means=False, binding=False, listing=False)

    def refund(self, merchant, order):
        with BOOKS.lock:
            BOOKS.asked.append(order)
            trouble = BOOKS.troubles.pop(0) if BOOKS.troubles else ""
            if trouble == "down":
                raise GatewayUnavailable("no connection")
            if trouble == "refuse":
                raise GatewayRefused("not_enough_money", Cause.NO_MONEY)
            truth = BOOKS.refunds.setdefault(
                order.key,
                RefundTruth(f"refund-of-{order.ref}", BOOKS.answers, order.amount),
            )
            if trouble == "lost":
                raise GatewayUnavailable("connection closed after doing it")
            if trouble == "refuse after doing it":
                raise GatewayRefused("already_refunded", Cause.DUPLICATE)
            if trouble == "other sum":
                truth = RefundTruth(truth.acquirer_id, truth.state, Money(Decimal("1.00")))
                BOOKS.refunds[order.key] = truth
            return truth

    def fetch_refund(self, merchant, acquirer_id, refund_id):
        trouble = BOOKS.troubles.pop(0) if BOOKS.troubles else ""
        if trouble == "down":
            raise GatewayUnavailable("no connection")
        found = [truth for truth in BOOKS.refunds.values() if truth.acquirer_id == refund_id]
        if not found:
            raise GatewayUnknown
        return found[0]

    def say(self, refund, state, amount):
        """The bank has made it of another sum, or makes what it had declined."""
        truth = RefundTruth(f"refund-of-{refund.public_id}", state, Money(Decimal(amount)))
        BOOKS.refunds[str(refund.key)] = truth

    def find_refund(self, merchant, order, *, since, returned):
        """A list that names refunds by our numbers, or one that has lost them."""
        if BOOKS.forgets_numbers:
            return None
        return BOOKS.refunds.get(order.key)

    def end(self, state, cause=None):
        """Everything that was pending has come out."""
        for key, truth in BOOKS.refunds.items():
            BOOKS.refunds[key] = RefundTruth(
                truth.acquirer_id, state, truth.amount, reason=cause or "", cause=cause
            )

    def fetch(self, merchant, acquirer_id):
        by_hand = BOOKS.by_hand.get(acquirer_id, Money.zero())
        return PaymentTruth(
            acquirer_id,
            "",
            TruthState.SUCCEEDED,
            BOOKS.paid.get(acquirer_id, Money(Decimal("100.00"))),
            refunded=BOOKS.returned + by_hand,
        )

    def fetch_receipt(self, merchant, acquirer_id, *, of_refund):
        BOOKS.receipts_asked += 1
        if BOOKS.troubles and BOOKS.troubles.pop(0) == "down":
            raise GatewayUnavailable("no connection")
        return BOOKS.receipts.get(acquirer_id)


class SilentBank(RefundingBank):
    """It passes receipts on to the till and tells nobody what became of them."""

    abilities = Abilities(sbp=True, saved_means=False, binding=False, listing=False, receipts=False)
