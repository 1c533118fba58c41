"""T-Bank's gateway before its sandbox."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal

from kabinet.kernel.money import KOPECK, Money
from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import MerchantAccess, NoticeKind
from kabinet.payments.gateways.tbank import TBank
from sandbox.tbank.tokens import signed
from tests.payments.gateways.bench import Bench, Envelope, Trouble
from tests.payments.gateways.test_tbank.orders import KEY, OTHER_KEY, PASSWORD, number
from tests.sandbox.tbank.shop import Shop

FAULTS = {
    Trouble.SLOW: {"kind": "slow"},
    Trouble.CLOSED: {"kind": "close"},
    Trouble.GARBAGE: {"kind": "garbage"},
    Trouble.BROKEN: {"kind": "status", "status": 500},
    Trouble.BUSY: {"kind": "status", "status": 429},
}
DEEDS = "Init,Cancel,AddCard,RemoveCard"
BAD_CARDS = {
    Cause.NO_MONEY: "5000000000000009",
    Cause.CARD_BLOCKED: "2201382000000039",
    Cause.CARD_EXPIRED: "2201382000000047",
    Cause.CARD_DETAILS: "2201382000000054",
    Cause.LIMIT: "2201382000000062",
    Cause.CALL_ISSUER: "2201382000000070",
    Cause.SUSPECTED: "2201382000000088",
    Cause.CARD_FOREIGN: "4000000000000994",
    Cause.BANK_DOWN: "4300000000000017",
    Cause.CODE_FAILED: "2201382000000096",
}


@dataclass
class TBankBench(Bench):
    shop: Shop | None = None

    def pay(self, payment, card):
        self.shop.pay(number(payment), card=card)

    def pay_by_sbp(self, payment):
        self.shop.pay(number(payment), sbp="pay")

    def give_card(self, binding, card):
        (session,) = [
            one
            for one in self.shop.control("payments")
            if one["request_key"] == binding.acquirer_id
        ]
        self.shop.pay(session["id"], card=card)

    def trouble(self, kind, *, done, seconds=0):
        where = {"method": DEEDS, "when": "after"} if done else {"method": "*", "when": "before"}
        self.shop.control("faults", FAULTS[kind] | where | {"seconds": seconds})

    def payments(self, ref):
        return sum(one["order_id"] == ref for one in self.shop.control("payments"))

    def taken(self):
        return self._sum("taken")

    def returned(self):
        return self._sum("returned")

    def _sum(self, what):
        mine = [one for one in self.shop.control("payments") if one["terminal"] == KEY]
        return Money(Decimal(sum(one[what] for one in mine)) * KOPECK)

    def notice(self, kind, acquirer_id):
        """Notices go nowhere here, and are written down as they would be sent."""
        name, wanted = (
            ("RequestKey", acquirer_id)
            if kind is NoticeKind.MEANS
            else ("PaymentId", int(acquirer_id.partition("-")[0]))
        )
        sent = [one["fields"] for one in self.shop.control("notifications")]
        fields = next(
            one
            for one in sent
            if one.get(name) == wanted and one["Status"] in {"CONFIRMED", "COMPLETED"}
        )
        return Envelope(json.dumps(fields, ensure_ascii=False).encode(), {}, "91.194.226.10")

    def forgeries(self, genuine):
        """The signature tells: another value, a value left out, another terminal's password, none at all."""
        fields = json.loads(genuine.body)
        plain = [name for name, value in fields.items() if not isinstance(value, dict)]
        changed = [{**fields, name: f"{fields[name]}0"} for name in plain]
        without = [{key: fields[key] for key in fields if key != name} for name in plain]
        others = [
            signed(fields, "another password"),
            signed({**fields, "TerminalKey": OTHER_KEY}, PASSWORD),
            {**fields, "Token": ""},
            {**fields, "Token": fields["Token"].upper()},
        ]
        return [
            replace(genuine, body=json.dumps(body).encode())
            for body in (*changed, *without, *others)
        ]


def make_bench(shop: Shop) -> TBankBench:
    return TBankBench(
        code="tbank",
        gateway=TBank(),
        merchant=MerchantAccess(1, KEY, PASSWORD),
        other_merchant=MerchantAccess(2, OTHER_KEY, PASSWORD),
        card="2201382000000021",
        bad_cards=BAD_CARDS,
        tells_card=False,
        shop=shop,
    )
