"""YooKassa's gateway before its sandbox."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal

from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import MerchantAccess
from kabinet.payments.gateways.yookassa import YooKassa
from sandbox.bank.process import RunningBank
from tests.payments.gateways.bench import Bench, Envelope, Trouble

SECRET = "test_Vv3-secret-of-the-shop"
SHOP, OTHER_SHOP, RECEIPTS_SHOP, UTILITIES_SHOP = "100500", "100501", "100700", "100600"
SHOPS = (SHOP, OTHER_SHOP, RECEIPTS_SHOP, UTILITIES_SHOP)
ADDRESS = "185.71.76.5"

FAULTS = {
    Trouble.SLOW: "slow",
    Trouble.CLOSED: "closed",
    Trouble.GARBAGE: "garbage",
    Trouble.BROKEN: "internal_server_error",
    Trouble.BUSY: "too_many_requests",
}
BAD_CARDS = {
    Cause.CODE_FAILED: "2200000000000012",
    Cause.CALL_ISSUER: "2200000000000020",
    Cause.CARD_EXPIRED: "2200000000000038",
    Cause.SUSPECTED: "2200000000000046",
    Cause.OTHER: "2202202212312379",
    Cause.NO_MONEY: "2200000000000053",
    Cause.CARD_DETAILS: "2201382000000013",
    Cause.BANK_DOWN: "2201382000000021",
    Cause.LIMIT: "2201382000000039",
    Cause.CARD_BLOCKED: "2201382000000047",
    Cause.CARD_FOREIGN: "2201382000000054",
}


@dataclass
class YooKassaBench(Bench):
    bank: RunningBank | None = None

    def pay(self, payment, card):
        code = "wrong" if card == BAD_CARDS[Cause.CODE_FAILED] else "right"
        self.bank.pay(payment.acquirer_id, card, code=code)

    def pay_by_sbp(self, payment):
        self.bank.pay_by_sbp(payment.acquirer_id)

    def give_card(self, binding, card):
        self.bank.post("/pay", payment_method_id=binding.acquirer_id, card=card)

    def trouble(self, kind, *, done, seconds=0):
        self.bank.post("/faults", kind=FAULTS[kind], done=done, seconds=seconds)

    def payments(self, ref):
        rows = self.bank.get("/books")["payments"]
        return sum(row["metadata"].get("attempt") == ref for row in rows)

    def taken(self):
        return self._moved("charge")

    def returned(self):
        return self._moved("refund")

    def _moved(self, kind):
        moved = self.bank.get("/books")["totals"].get(self.merchant.shop_id, {})
        return Money(Decimal(moved.get(kind, "0.00")))

    def notice(self, kind, acquirer_id):
        """The bench withholds all notices from the start, so they are there to be taken."""
        taken = self.bank.post("/webhooks/take")["taken"]
        body = next(row["body"] for row in taken if row["object_id"] == acquirer_id)
        return Envelope(body.encode(), {"Content-Type": "application/json"}, ADDRESS)

    def forgeries(self, genuine):
        """Only the address can tell; a changed body proves nothing, for the bank is asked anyway."""
        elsewhere = ["203.0.113.7", "127.0.0.1", "185.71.76.32", "::1", "", "185.71.76.5, 1.2.3.4"]
        content = json.loads(genuine.body)
        changed = [
            {**content, "event": "payment.stolen"},
            {**content, "type": "news"},
            {**content, "object": {"id": "../../me"}},
            {**content, "object": {"id": ["x"]}},
            {**content, "object": "x"},
        ]
        return [replace(genuine, address=address) for address in elsewhere] + [
            replace(genuine, body=json.dumps(body).encode()) for body in changed
        ]


def make_bench(bank: RunningBank, shop: str = SHOP) -> YooKassaBench:
    return YooKassaBench(
        code="yookassa",
        gateway=YooKassa(),
        merchant=MerchantAccess(1, shop, SECRET),
        other_merchant=MerchantAccess(2, OTHER_SHOP, SECRET),
        card="2202474301322987",
        bad_cards=BAD_CARDS,
        bank=bank,
    )
