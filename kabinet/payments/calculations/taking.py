"""What a bank really took instead of the sum that was asked for, laid on a part's lines (PAY-45)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kabinet.kernel.money import Money


@dataclass(frozen=True, slots=True)
class TakenLine:
    """A line's money: ``amount`` holds ``penalty``, ``commission`` stands apart."""

    amount: Money
    penalty: Money
    commission: Money

    @property
    def whole(self) -> Money:
        return self.amount + self.commission


def take_in_order(asked: Sequence[TakenLine], taken: Money) -> list[TakenLine]:
    """Lay a sum on the lines in their order; the result adds up to it exactly.

    The lines come first, each in full before the next and its service before its penalty; then their commissions in
    the same order. What is left over is an advance on the first line.
    """
    amounts, left = _fill([line.amount for line in asked], taken)
    commissions, over = _fill([line.commission for line in asked], left)
    amounts[0] += over
    return [
        TakenLine(amount, _penalty(line, amount), commission)
        for line, amount, commission in zip(asked, amounts, commissions, strict=True)
    ]


def _fill(wanted: Sequence[Money], money: Money) -> tuple[list[Money], Money]:
    given = []
    for sum_ in wanted:
        given.append(min(sum_, money))
        money -= given[-1]
    return given, money


def _penalty(line: TakenLine, amount: Money) -> Money:
    return min(max(amount - (line.amount - line.penalty), Money.zero()), line.penalty)
