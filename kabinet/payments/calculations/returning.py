"""How a sum that goes back falls on lines, penalties and commission, to the kopeck (PAY-48, OPX-31)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kabinet.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line of a paid part; ``returned`` has gone back already, ``returned_penalty`` is a part of it.

    ``commission`` is what is left of the line's share.
    """

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
    return ReturnedLine(
        item_id=line.item_id,
        amount=amount,
        penalty=_penalty(line, amount),
        commission=line.commission if amount == line.left else Money.zero(),
    )


def _penalty(line: PaidLine, amount: Money) -> Money:
    service_left = (line.amount - line.penalty) - (line.returned - line.returned_penalty)
    return max(amount - service_left, Money.zero())


def share_returned(
    lines: Sequence[PaidLine], asked: Mapping[int, ReturnedLine], told: Money
) -> Sequence[ReturnedLine]:
    """Lay what a bank gave back instead of the sum that was asked for on the part's lines; it adds up exactly (PAY-45).

    ``asked`` is by item. What was asked for comes first, line by line; what the bank gave above that comes from what is
    left of these lines, then of the others. Penalties and commissions go back as with any return.

    :raises MoreThanPaid: the bank has given back more than is left.
    """
    ordered = sorted(lines, key=lambda line: line.item_id not in asked)
    wanted = [
        (line, min(asked[line.item_id].amount, line.left))
        for line in ordered
        if line.item_id in asked
    ]
    wanted += [(line, line.left) for line in ordered]
    sums: dict[int, Money] = {}
    fees: dict[int, Money] = {}
    for line, most in wanted:
        given = sums.get(line.item_id, Money.zero())
        sums[line.item_id] = given + min(most - given, told)
        told -= sums[line.item_id] - given
        if sums[line.item_id] and sums[line.item_id] == line.left:
            given = fees.get(line.item_id, Money.zero())
            fees[line.item_id] = given + min(line.commission - given, told)
            told -= fees[line.item_id] - given
    if told:
        raise MoreThanPaid
    return [
        ReturnedLine(
            line.item_id,
            sums[line.item_id],
            _penalty(line, sums[line.item_id]),
            fees.get(line.item_id, Money.zero()),
        )
        for line in ordered
        if sums[line.item_id]
    ]
