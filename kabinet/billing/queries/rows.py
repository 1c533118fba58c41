"""Rows that several reads of billing share."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import overload

from kabinet.billing import calculations
from kabinet.billing.models import Bill
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period


@overload
def money(amount: Decimal) -> Money: ...
@overload
def money(amount: None) -> None: ...
@overload
def money(amount: Decimal | None) -> Money | None: ...
def money(amount: Decimal | None) -> Money | None:
    return None if amount is None else Money(amount)


@dataclass(frozen=True, slots=True)
class BillRow:
    """A bill as the provider gave it; ``public_id`` is None where the reader may not download it.

    ``former`` are the earlier revisions whose files somebody has, newest first (BIL-36). ``is_lost``: the file of this
    one is damaged and cannot be made again.
    """

    public_id: uuid.UUID | None
    account_id: int
    period: Period
    kind: str
    number: str
    issued_on: date | None
    as_of: datetime
    opening: Money
    paid: Money | None
    charged: Money
    adjusted: Money | None
    benefit: Money | None
    total: Money
    penalty_opening: Money | None
    penalty_paid: Money | None
    penalty_charged: Money | None
    penalty_total: Money | None
    preliminary: Money | None
    penalty_preliminary: Money | None
    opening_is_net: bool
    final: bool
    former: tuple[int, ...] = ()
    is_lost: bool = False

    @property
    def is_replaced(self) -> bool:
        return bool(self.former)

    @property
    def due(self) -> Money:
        """Everything that the bill asks for, penalties included."""
        return self.total + calculations.or_nothing(self.penalty_total)

    @property
    def charged_in_all(self) -> Money:
        return self.charged + calculations.or_nothing(self.penalty_charged)

    @property
    def due_parts(self) -> tuple[Money, ...]:
        return (self.total, calculations.or_nothing(self.penalty_total))

    @property
    def has_penalty(self) -> bool:
        """The provider tells penalties apart, and there are some (BIL-29)."""
        return any(
            (self.penalty_opening, self.penalty_paid, self.penalty_charged, self.penalty_total)
        )


def to_bill_row(
    bill: Bill,
    *,
    downloadable: bool = True,
    former: tuple[int, ...] = (),
    is_lost: bool = False,
) -> BillRow:
    return BillRow(
        public_id=bill.public_id if downloadable else None,
        account_id=bill.account_id,
        period=Period.of(bill.period),
        kind=bill.kind,
        number=bill.number,
        issued_on=bill.issued_on,
        as_of=bill.as_of,
        opening=money(bill.opening),
        paid=money(bill.paid),
        charged=money(bill.charged),
        adjusted=money(bill.adjusted),
        benefit=money(bill.benefit),
        total=money(bill.total),
        penalty_opening=money(bill.penalty_opening),
        penalty_paid=money(bill.penalty_paid),
        penalty_charged=money(bill.penalty_charged),
        penalty_total=money(bill.penalty_total),
        preliminary=money(bill.preliminary),
        penalty_preliminary=money(bill.penalty_preliminary),
        opening_is_net=bill.opening_is_net,
        final=bill.final,
        former=former,
        is_lost=is_lost,
    )
