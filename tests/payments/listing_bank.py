"""Banks whose books a test writes: one gives its list, the other answers about one payment at a time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kabinet.kernel.money import Money
from kabinet.payments.gateways.base import (
    BankRow,
    GatewayUnavailable,
    GatewayUnknown,
    PaymentTruth,
    RefundTruth,
    TruthState,
)
from tests.payments.memory_bank import MemoryBank

CODE, PATH = "listing", "tests.payments.listing_bank.ListingBank"
SILENT_CODE, SILENT_PATH = "silent", "tests.payments.listing_bank.SilentBank"


@dataclass
class Ledger:
    rows: list[BankRow] = field(default_factory=list)
    is_down: bool = False
    calls: int = 0

    def write(self, acquirer_id, amount, at, *, is_refund=False):
        self.rows.append(BankRow(acquirer_id, is_refund, Money(amount), at))

    def of(self, acquirer_id, *, is_refund):
        self.calls += 1
        if self.is_down:
            raise GatewayUnavailable("no connection")
        for row in self.rows:
            if (row.acquirer_id, row.is_refund) == (acquirer_id, is_refund):
                return row
        raise GatewayUnknown(acquirer_id)


LEDGER = Ledger()


def empty_ledger() -> Ledger:
    LEDGER.__init__()
    return LEDGER


class ListingBank(MemoryBank):
    def list_day(self, merchant, *, since, until):
        LEDGER.calls += 1
        for row in LEDGER.rows:
            if since <= row.happened_at < until:
                yield row
        if LEDGER.is_down:
            # In the middle of the list, when some of it has come.
            raise GatewayUnavailable("connection closed")


class SilentBank(MemoryBank):
    abilities = replace(MemoryBank.abilities, listing=False)

    def fetch(self, merchant, acquirer_id):
        row = LEDGER.of(acquirer_id, is_refund=False)
        return PaymentTruth(acquirer_id, "", TruthState.SUCCEEDED, row.amount)

    def fetch_refund(self, merchant, acquirer_id, refund_id):
        row = LEDGER.of(refund_id, is_refund=True)
        return RefundTruth(refund_id, TruthState.SUCCEEDED, row.amount)
