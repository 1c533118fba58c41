"""Money paid or given back here that the provider's figures do not hold yet (PAY-47, XCH-10).

It comes along with every linked account: the app that takes payments registers ``riders.LINKED`` under ``RIDER``, and
each row of its text holds the values of ``PaidHereRow`` in their order. What a person sees as due is the provider's
figure less these, so that a payment counts at once and only once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel.money import Money

RIDER = "paid_here"
Place = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class PaidHereRow:
    """One line's money that moved: all sums hold the penalty's share and are negative for what was given back.

    ``receipt`` is the kind of the bill that the line stood in, "" where it stood in none. ``unconfirmed`` is what the provider's books do not hold, ``whole`` what a bill of an earlier moment cannot hold.
    """

    service_id: int | None
    supplier_id: int | None
    unconfirmed: Money
    whole: Money
    penalty: Money
    happened_at: datetime
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Unheld:
    """A sum that a figure of the provider's does not hold; ``penalty`` is a part of ``amount``."""

    place: Place
    amount: Money
    penalty: Money
    receipt: str = ""

    @property
    def line(self) -> tuple[Place, str]:
        return self.place, self.receipt


def paid_here(account: LinkedAccountRow) -> Sequence[PaidHereRow]:
    """Give what came along with the account: everything unconfirmed, and what is newer than the latest bill."""
    rows = json.loads(account.told.get(RIDER, "[]"), parse_float=Decimal)
    return [
        PaidHereRow(
            service_id=service_id,
            supplier_id=supplier_id,
            unconfirmed=Money(Decimal(left)),
            whole=Money(Decimal(whole)),
            penalty=Money(Decimal(penalty)),
            happened_at=datetime.fromisoformat(moment),
            receipt=receipt,
        )
        for service_id, supplier_id, receipt, left, whole, penalty, moment in rows
    ]


def unheld_by_balances(rows: Iterable[PaidHereRow]) -> Sequence[Unheld]:
    """What balances lack: a balance holds a payment from the moment on that the provider confirms it."""
    return [_unheld(row, row.unconfirmed) for row in rows if row.unconfirmed]


def unheld_by_bills(rows: Iterable[PaidHereRow], *, made_at: datetime) -> Sequence[Unheld]:
    """What the latest bills lack: also a confirmed payment, when it was made after them."""
    sums = [(row, row.whole if row.happened_at > made_at else row.unconfirmed) for row in rows]
    return [_unheld(row, amount) for row, amount in sums if amount]


def _unheld(row: PaidHereRow, amount: Money) -> Unheld:
    """The provider books the service first, so what it lacks may be the penalty."""
    share = min(abs(row.penalty), abs(amount))
    penalty = share if amount.amount > 0 else -share
    return Unheld((row.service_id, row.supplier_id), amount, penalty, row.receipt)
