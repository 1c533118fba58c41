"""What a gateway's tests bring to the contract: the gateway, its sandbox, and how to be its payer and its weather."""

from __future__ import annotations

import abc
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, auto

from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause, TaxSystem, VatCode
from kabinet.payments.gateways.base import (
    BindingOrder,
    BindingTruth,
    Gateway,
    MerchantAccess,
    NoticeKind,
    Order,
    Page,
    PaymentTruth,
    ReceiptLine,
    ReceiptMode,
    ReceiptOrder,
    ReceiptSubject,
    RefundOrder,
)


class Trouble(Enum):
    SLOW = auto()  # answers after the seconds
    CLOSED = auto()  # closes the connection without an answer
    GARBAGE = auto()  # answers 200 with something else than promised
    BROKEN = auto()  # answers 500
    BUSY = auto()  # answers 429


@dataclass(frozen=True)
class Envelope:
    """A notification as it comes to our door."""

    body: bytes
    headers: Mapping[str, str]
    address: str


@dataclass
class Bench(abc.ABC):
    """One gateway before its sandbox with empty books.

    ``card`` pays without a code; ``bad_cards`` name the card of every refusal that the sandbox can play.
    ``tells_card``: the bank names the card of every payment, not only one that it keeps for us.
    """

    code: str
    gateway: Gateway
    merchant: MerchantAccess
    other_merchant: MerchantAccess
    card: str
    bad_cards: Mapping[Cause, str] = field(default_factory=dict)
    tells_card: bool = True

    @abc.abstractmethod
    def pay(self, payment: PaymentTruth, card: str) -> None:
        """Give the card on the bank's page, and the right code if one is asked for."""

    @abc.abstractmethod
    def pay_by_sbp(self, payment: PaymentTruth) -> None: ...

    @abc.abstractmethod
    def give_card(self, binding: BindingTruth, card: str) -> None:
        """Give the card on the page of a binding."""

    @abc.abstractmethod
    def trouble(self, kind: Trouble, *, done: bool, seconds: float = 0) -> None:
        """The next call goes wrong in this way; ``done``: the bank carries it out nevertheless."""

    @abc.abstractmethod
    def payments(self, ref: str) -> int:
        """How many payments the bank has made for our number."""

    @abc.abstractmethod
    def taken(self) -> Money:
        """Money that the bank took from payers for ``merchant``."""

    @abc.abstractmethod
    def returned(self) -> Money: ...

    @abc.abstractmethod
    def notice(self, kind: NoticeKind, acquirer_id: str) -> Envelope:
        """The bank's own genuine notification about a thing that has ended well."""

    @abc.abstractmethod
    def forgeries(self, genuine: Envelope) -> Sequence[Envelope]:
        """The same, altered in every way that the bank's protection must notice."""

    def order(self, roubles: str = "1234.56", **more: object) -> Order:
        amount = Money(Decimal(roubles))
        order = Order(
            ref=str(uuid.uuid4()),
            key=str(uuid.uuid4()),
            amount=amount,
            description="Оплата услуг, лицевой счёт 140100001",
            page=Page.REDIRECT,
            return_url="http://localhost:8000/pay/back/",
            payer_ref="user-1",
            payer_address="203.0.113.7",
            receipt=receipt(amount),
        )
        return replace(order, **more)

    def open(self, roubles: str = "1234.56", **more: object) -> PaymentTruth:
        return self.gateway.create(self.merchant, self.order(roubles, **more))

    @property
    def end_of_card(self) -> str:
        """What is known of a card that was not asked to be kept."""
        return self.card[-4:] if self.tells_card else ""

    def paid(self, roubles: str = "1234.56", **more: object) -> PaymentTruth:
        payment = self.open(roubles, **more)
        self.pay(payment, self.card)
        return self.fetch(payment)

    def fetch(self, payment: PaymentTruth) -> PaymentTruth:
        return self.gateway.fetch(self.merchant, payment.acquirer_id)

    def refund_order(self, payment: PaymentTruth, roubles: str) -> RefundOrder:
        amount = Money(Decimal(roubles))
        return RefundOrder(
            ref=str(uuid.uuid4()),
            key=str(uuid.uuid4()),
            acquirer_id=payment.acquirer_id,
            amount=amount,
            why="Оплачено дважды",
            whole=payment.amount,
            receipt=receipt(amount),
        )

    def binding_order(self) -> BindingOrder:
        return BindingOrder(
            ref=str(uuid.uuid4()),
            key=str(uuid.uuid4()),
            return_url="http://localhost:8000/pay/cards/",
            payer_ref="user-1",
            payer_address="203.0.113.7",
        )


def receipt(amount: Money) -> ReceiptOrder:
    """Two lines: a consumed service and an advance of one kopeck."""
    kopeck = Money(Decimal("0.01"))
    return ReceiptOrder(
        email="payer@kabinet.example",
        phone="",
        tax_system=TaxSystem.GENERAL,
        lines=[
            ReceiptLine(
                "Газоснабжение",
                amount - kopeck,
                VatCode.TWENTY_TWO,
                ReceiptSubject.SERVICE,
                ReceiptMode.FULL,
            ),
            ReceiptLine(
                "Аванс за газоснабжение",
                kopeck,
                VatCode.TWENTY_TWO_OF,
                ReceiptSubject.PAYMENT,
                ReceiptMode.ADVANCE,
            ),
        ],
    )
