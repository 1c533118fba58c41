"""The provider's figures less what was paid here and is not in them yet: one rule for header, home and paying.

A figure is what is paid apart: a service's balance, or a whole bill (BIL-23, 26). A payment lessens the figure that it
was made for; what belongs to none lessens their sum. ``asked_of`` only shares that sum out to lines, so the payment
page asks for exactly what the header says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing import calculations, unconfirmed
from kabinet.billing.queries.payable import PayableRow
from kabinet.billing.unconfirmed import PaidHereRow, Unheld
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
class BillDueRow:
    """What one bill asks for; ``penalty`` stands apart, None where it tells none."""

    kind: str
    amount: Money
    penalty: Money | None


@dataclass(frozen=True, slots=True)
class Owed:
    """What is left to pay; ``paid_here`` has been taken off already, of ``penalty`` too, which None tells none of."""

    due: Money
    overpaid: Money
    penalty: Money | None
    services: tuple[ServiceDueRow, ...]
    paid_here: Money


def owed_on(
    account: LinkedAccountRow,
    balances: Sequence[ServiceDueRow],
    bills: Sequence[BillDueRow],
    *,
    made_at: datetime | None,
) -> Owed:
    """Balances speak where the provider sends them, else the bills; ``made_at`` is when the oldest of them was made."""
    paid = unconfirmed.paid_here(account)
    clamp = account.provider.policy.clamp_negative_rows
    if balances or made_at is None:
        return owed_by_balances(balances, paid, clamp=clamp)
    return owed_by_bills(bills, paid, made_at=made_at, clamp=clamp)


def owed_by_balances(
    told: Sequence[ServiceDueRow], paid: Sequence[PaidHereRow], *, clamp: bool
) -> Owed:
    """Each payment lessens the service that it was made for, then rows are added up by the provider's rule (BIL-26)."""
    unheld = unconfirmed.unheld_by_balances(paid)
    figures = [
        ((row.service_id, row.supplier_id), _Figure(row.amount, row.penalty)) for row in told
    ]
    reckoned = _reckon(figures, _by(unheld, "place"), clamp=clamp)
    services = tuple(
        replace(row, amount=left.amount, penalty=left.penalty)
        for row, left in zip(told, reckoned.left, strict=True)
    )
    penalty = calculations.sum_known([row.penalty for row in services])
    return _owed(reckoned, unheld, services, penalty)


def owed_by_bills(
    bills: Sequence[BillDueRow], paid: Sequence[PaidHereRow], *, made_at: datetime, clamp: bool
) -> Owed:
    """Each payment lessens the bill that it was made for, then bills and their penalties are added up (BIL-26)."""
    unheld = unconfirmed.unheld_by_bills(paid, made_at=made_at)
    figures = [(row.kind, _Figure(row.amount, row.penalty)) for row in bills]
    reckoned = _reckon(figures, _by(unheld, "receipt"), clamp=clamp)
    penalty = calculations.sum_known([left.penalty for left in reckoned.left])
    if penalty is not None:
        penalty -= Money.total(row.penalty for row in reckoned.elsewhere)
    return _owed(reckoned, unheld, (), penalty)


def asked_of(
    lines: Sequence[PayableRow], paid: Sequence[PaidHereRow], *, clamp: bool
) -> Sequence[tuple[Money, Money]]:
    """Give, line by line, the sum for the service and the penalty that are still to be paid; never negative.

    ``lines`` and ``paid`` are those of one account. The result adds up to what the header says is due, or to nothing
    where that is in the person's favour: overpaid lines lessen the others as the account's own rule has it.
    """
    if not lines:
        return []
    if not lines[0].from_bill:
        unheld = unconfirmed.unheld_by_balances(paid)
        figures = [(line.place, _Figure(line.amount, line.penalty)) for line in lines]
        return _asked(_reckon(figures, _by(unheld, "place"), clamp=clamp))
    made_at = min(line.as_of for line in lines)
    return _asked_of_bills(lines, unconfirmed.unheld_by_bills(paid, made_at=made_at), clamp=clamp)


@dataclass(frozen=True, slots=True)
class _Figure:
    amount: Money
    penalty: Money | None

    @property
    def parts(self) -> tuple[Money, Money]:
        return self.amount, calculations.or_nothing(self.penalty)

    def less(self, paid: Iterable[Unheld]) -> _Figure:
        """Where the provider tells no penalties, all that was paid lessens the sum."""
        rows = list(paid)
        whole = Money.total(row.amount for row in rows)
        if self.penalty is None:
            return _Figure(self.amount - whole, None)
        penalty = Money.total(row.penalty for row in rows)
        return _Figure(self.amount - (whole - penalty), self.penalty - penalty)


@dataclass(frozen=True, slots=True)
class _Reckoned:
    """The figures less what was paid on each, and what was paid on none; ``due`` is negative when overpaid."""

    left: Sequence[_Figure]
    elsewhere: Sequence[Unheld]
    due: Money
    overpaid: Money


def _reckon(
    figures: Sequence[tuple[Hashable, _Figure]],
    paid: Mapping[Hashable, Sequence[Unheld]],
    *,
    clamp: bool,
) -> _Reckoned:
    rest = dict(paid)
    left = [figure.less(rest.pop(key, ())) for key, figure in figures]
    elsewhere = [row for rows in rest.values() for row in rows]
    total = calculations.total_of_rows([part for row in left for part in row.parts], clamp=clamp)
    due = total.due - Money.total(row.amount for row in elsewhere)
    return _Reckoned(left, elsewhere, due, total.overpaid)


def _by(unheld: Iterable[Unheld], name: str) -> Mapping[Hashable, Sequence[Unheld]]:
    groups: dict[Hashable, list[Unheld]] = defaultdict(list)
    for row in unheld:
        groups[getattr(row, name)].append(row)
    return groups


def _owed(
    reckoned: _Reckoned,
    unheld: Sequence[Unheld],
    services: tuple[ServiceDueRow, ...],
    penalty: Money | None,
) -> Owed:
    return Owed(
        due=reckoned.due,
        overpaid=reckoned.overpaid,
        penalty=penalty,
        services=services,
        paid_here=Money.total(row.amount for row in unheld),
    )


def _asked(reckoned: _Reckoned) -> list[tuple[Money, Money]]:
    flat = calculations.share_out(
        reckoned.due, [part for row in reckoned.left for part in row.parts]
    )
    return list(zip(flat[::2], flat[1::2], strict=True))


def _asked_of_bills(
    lines: Sequence[PayableRow], unheld: Sequence[Unheld], *, clamp: bool
) -> Sequence[tuple[Money, Money]]:
    """A bill is one figure, whatever its lines: they share out what is left of it."""
    bills: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        bills[line.receipt].append(number)
    figures = [
        (kind, _whole([lines[number] for number in numbers])) for kind, numbers in bills.items()
    ]
    asked = _asked(_reckon(figures, _by(unheld, "receipt"), clamp=clamp))
    paid = _by(unheld, "line")
    left = [
        _Figure(line.amount, line.penalty).less(paid.get((line.place, line.receipt), ()))
        for line in lines
    ]
    shares: dict[int, tuple[Money, Money]] = {}
    for numbers, (amount, penalty) in zip(bills.values(), asked, strict=True):
        of_services = calculations.share_out(amount, [left[n].parts[0] for n in numbers])
        of_penalties = calculations.share_out(penalty, [left[n].parts[1] for n in numbers])
        shares |= dict(zip(numbers, zip(of_services, of_penalties, strict=True), strict=True))
    return [shares[number] for number in range(len(lines))]


def _whole(lines: Sequence[PayableRow]) -> _Figure:
    return _Figure(
        Money.total(line.amount for line in lines),
        calculations.sum_known([line.penalty for line in lines]),
    )
