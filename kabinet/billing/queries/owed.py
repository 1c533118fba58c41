"""The provider's figures less what was paid here and is not in them yet: one rule for header, home and balance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing import calculations, unconfirmed
from kabinet.billing.unconfirmed import Place, Unheld
from kabinet.kernel.money import Money


@dataclass(frozen=True, slots=True)
class ServiceDueRow:
    """The balance of one service, at its own moment; ``penalty`` stands apart (BIL-06, 29)."""

    service_id: int
    supplier_id: int | None
    service_name: str
    supplier_name: str
    amount: Money
    penalty: Money | None
    as_of: datetime

    @property
    def due_parts(self) -> tuple[Money, ...]:
        return (self.amount, calculations.or_nothing(self.penalty))


@dataclass(frozen=True, slots=True)
class Owed:
    """What is left to pay; ``paid_here`` has been taken off already, ``penalty_paid`` is its share of penalties."""

    due: Money
    overpaid: Money
    services: tuple[ServiceDueRow, ...]
    paid_here: Money
    penalty_paid: Money


def owed_by_balances(account: LinkedAccountRow, told: Sequence[ServiceDueRow]) -> Owed:
    """Each payment lessens the service that it was made for, then rows are added up by the provider's rule (BIL-26)."""
    unheld = unconfirmed.unheld_by_balances(unconfirmed.paid_here(account))
    services, elsewhere = _without(told, unheld)
    parts = [part for row in services for part in row.due_parts]
    return _owed(account, parts, services, unheld, elsewhere)


def owed_by_bills(
    account: LinkedAccountRow, parts: Sequence[Money], *, made_at: datetime | None
) -> Owed:
    """``parts`` are the sums that the bills ask for; ``made_at`` is when the oldest of them was made up."""
    rows = unconfirmed.paid_here(account) if made_at else []
    unheld = unconfirmed.unheld_by_bills(rows, made_at=made_at) if made_at else []
    return _owed(account, parts, (), unheld, Money.total(row.amount for row in unheld))


def _owed(
    account: LinkedAccountRow,
    parts: Sequence[Money],
    services: tuple[ServiceDueRow, ...],
    unheld: Sequence[Unheld],
    elsewhere: Money,
) -> Owed:
    total = calculations.total_of_rows(parts, clamp=account.provider.policy.clamp_negative_rows)
    return Owed(
        due=total.due - elsewhere,
        overpaid=total.overpaid,
        services=services,
        paid_here=Money.total(row.amount for row in unheld),
        penalty_paid=Money.total(row.penalty for row in unheld),
    )


def _without(
    told: Sequence[ServiceDueRow], unheld: Iterable[Unheld]
) -> tuple[tuple[ServiceDueRow, ...], Money]:
    """Take sums off the rows that they were paid for; what belongs to no row comes back as one sum."""
    paid: dict[Place, list[Unheld]] = defaultdict(list)
    for row in unheld:
        paid[row.place].append(row)
    services = tuple(_less(row, paid.pop((row.service_id, row.supplier_id), ())) for row in told)
    return services, Money.total(row.amount for rows in paid.values() for row in rows)


def _less(row: ServiceDueRow, paid: Sequence[Unheld]) -> ServiceDueRow:
    if not paid:
        return row
    whole = Money.total(each.amount for each in paid)
    if row.penalty is None:
        return replace(row, amount=row.amount - whole)
    penalty = Money.total(each.penalty for each in paid)
    return replace(row, amount=row.amount - (whole - penalty), penalty=row.penalty - penalty)
