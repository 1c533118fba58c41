"""What a cart is made of, as pages see it (PAY-33)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel.money import Money
from kabinet.payments.calculations.splitting import PartKey, PayLine
from kabinet.payments.queries.means import BesideRow
from kabinet.payments.queries.merchants import MerchantRow


class LineState(StrEnum):
    """Why a line is paid or not. CLOSED and NO_PAYEE keep the cart from being paid, the others fall out of the sum."""

    READY = "ready"
    SETTLED = "settled"
    GONE = "gone"
    NO_PAYEE = "no_payee"
    CLOSED = "closed"


STOPS = frozenset({LineState.NO_PAYEE, LineState.CLOSED})


@dataclass(frozen=True, slots=True)
class CartLineRow:
    """``amount`` is what will be paid and holds ``penalty``; ``due`` is what the provider asks for now.

    ``was`` is what it asked for when the person last saw the line; None where nothing has changed since.
    """

    public_id: uuid.UUID
    account_id: int
    service_id: int | None
    supplier_id: int | None
    receipt: str
    title: str
    supplier_name: str
    amount: Money
    penalty: Money
    due: Money
    due_penalty: Money
    ahead: Money | None
    was: Money | None
    is_edited: bool
    is_ahead: bool
    payee: MerchantRow | None
    state: LineState
    is_too_small: bool = False

    @property
    def service_amount(self) -> Money:
        return self.amount - self.penalty

    @property
    def is_ready(self) -> bool:
        return self.state is LineState.READY

    @property
    def part(self) -> str:
        """In which payment its sum is counted; begins with the merchant."""
        return "-".join(map(str, self.payee.part_key(self.account_id))) if self.payee else ""

    @property
    def stops(self) -> bool:
        return self.state in STOPS

    def as_pay_line(self) -> PayLine:
        return PayLine(
            account_id=self.account_id,
            service_id=self.service_id,
            supplier_id=self.supplier_id,
            title=self.title,
            amount=self.amount,
            penalty=self.penalty,
            due=self.due,
            receipt=self.receipt,
        )


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt of which the cart holds lines, and what it comes to with the month that is not closed (PAY-32)."""

    kind: str
    is_ahead: bool
    due: Money
    ahead: Money | None


@dataclass(frozen=True, slots=True)
class CartPayeeRow:
    """``payee`` is None for lines that nobody takes money for."""

    payee: MerchantRow | None
    lines: tuple[CartLineRow, ...]
    amount: Money


@dataclass(frozen=True, slots=True)
class CartAccountRow:
    account: LinkedAccountRow
    payees: tuple[CartPayeeRow, ...]
    receipts: tuple[ReceiptRow, ...]
    amount: Money


@dataclass(frozen=True, slots=True)
class BoundRow:
    """More than a provider takes at once (PAY-03)."""

    provider_name: str
    maximum: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class CartRow:
    """``strays`` counts the lines of accounts that are no longer linked; they are kept and can't be paid.

    ``version`` tells whether the cart is still the one that was shown. ``sums`` are those of the payments to be made.
    """

    accounts: tuple[CartAccountRow, ...]
    strays: int
    total: Money
    sums: Mapping[PartKey, Money]
    too_large: tuple[BoundRow, ...]
    version: str
    beside: BesideRow

    @property
    def lines(self) -> Sequence[CartLineRow]:
        return [line for account in self.accounts for line in _lines_of(account)]

    @property
    def ready(self) -> Sequence[CartLineRow]:
        return [line for line in self.lines if line.is_ready]

    @property
    def changed(self) -> Sequence[CartLineRow]:
        return [line for line in self.lines if line.was is not None or not line.is_ready]

    @property
    def stopped(self) -> int:
        """How many lines keep the cart from being paid."""
        return self.strays + sum(1 for line in self.lines if line.stops)

    @property
    def count(self) -> int:
        return len(self.lines) + self.strays


def _lines_of(account: CartAccountRow) -> Iterable[CartLineRow]:
    return (line for payee in account.payees for line in payee.lines)
