"""T-Bank's stand-in and what tests ask the gateway for."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal

from kabinet.kernel.money import Money
from kabinet.payments.gateways.base import MerchantAccess, Order, Page, RefundOrder

KEY, OTHER_KEY, PASSWORD = "1510572937960DEMO", "1510572937961DEMO", "Dfsfh56dgKl"
MERCHANT = MerchantAccess(1, KEY, PASSWORD)
GOOD, WITH_CODE, POOR, FORGETFUL = (
    "2201382000000021",
    "2201382000000013",
    "5000000000000009",
    "2201382000000120",
)
LATER_POOR, SLOW = "2201382000000104", "5000000000000108"


def order(**changes):
    asked = Order(
        ref=str(uuid.uuid4()),
        key=str(uuid.uuid4()),
        amount=Money(Decimal("1500.50")),
        description="Оплата услуг, лицевой счёт 510012345678",
        page=Page.REDIRECT,
        return_url="http://kabinet.example/pay/1/back/",
    )
    return replace(asked, **changes)


def number(truth):
    """The payment's number at the bank."""
    return truth.acquirer_id.partition("-")[0]


def saved_token(bank, gateway, card=GOOD):
    """Pay once with a card to be kept; return what the gateway remembers it by."""
    opened = gateway.create(MERCHANT, order(save_means=True))
    bank.pay(number(opened), card=card)
    return gateway.fetch(MERCHANT, opened.acquirer_id).means.token


def taken(bank):
    return bank.control("books")["left"]


def refund_of(paid, asked, amount, **changes):
    whole = RefundOrder(
        ref=str(uuid.uuid4()),
        key=str(uuid.uuid4()),
        acquirer_id=paid,
        amount=Money(Decimal(amount)),
        why="Возврат",
        whole=asked.amount,
    )
    return replace(whole, **changes)
