"""How a sum that goes back falls on lines, penalties and commission, to the kopeck (PAY-48, OPX-31)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kabinet.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line of a paid part; ``returned`` has gone back already, ``returned_penalty`` is a part of it."""

    item_id: int
    position: int
    amount: Money
    penalty: Money
    commission: Money
    returned: Money
    returned_penalty: Money

    @property
    def left(self) -> Money:
        return self.amount - self.returned


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    item_id: int
    amount: Money
    penalty: Money
    commission: Money


class MoreThanPaid(Exception):  # noqa: N818 -- a fact, not an error
    """A line would give back more than is left of it, or less than nothing."""


def plan_return(
    lines: Sequence[PaidLine], sums: Mapping[int, Money] | None
) -> Sequence[ReturnedLine]:
    """Give what goes back of each line; ``sums`` are by position, None gives back all that is left.

    Money of the service goes back before the penalty: the penalty was owed whatever the service cost. A line's share
    of the commission goes back with the line's last kopeck, for then nothing of what it was taken for remains.

    :raises MoreThanPaid: a sum does not fit its line, or names none.
    """
    wanted = {line.position: line.left for line in lines} if sums is None else sums
    if not set(wanted) <= {line.position for line in lines}:
        raise MoreThanPaid
    planned = [_returned(line, wanted.get(line.position, Money.zero())) for line in lines]
    return [line for line in planned if line.amount]


def _returned(line: PaidLine, amount: Money) -> ReturnedLine:
    if not Money.zero() <= amount <= line.left:
        raise MoreThanPaid
    service_left = (line.amount - line.penalty) - (line.returned - line.returned_penalty)
    return ReturnedLine(
        item_id=line.item_id,
        amount=amount,
        penalty=max(amount - service_left, Money.zero()),
        commission=line.commission if amount == line.left else Money.zero(),
    )
