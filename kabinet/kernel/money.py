"""Exact roubles: the only way money is added, split and rounded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

KOPECK = Decimal("0.01")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of roubles with whole kopecks; never built from a float.

    Positive is debt wherever an amount due is meant (BIL-01).
    """

    amount: Decimal

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"Money takes Decimal, got {type(self.amount).__name__}")
        if self.amount != self.amount.quantize(KOPECK):
            raise ValueError(f"{self.amount} has fractions of a kopeck; round explicitly")

    @classmethod
    def zero(cls) -> Money:
        return cls(Decimal("0.00"))

    @classmethod
    def rounded(cls, amount: Decimal) -> Money:
        """Round half up to the kopeck: the rule for one charge line (facts, §12)."""
        return cls(amount.quantize(KOPECK, ROUND_HALF_UP))

    @classmethod
    def total(cls, parts: Iterable[Money]) -> Money:
        return cls(sum((part.amount for part in parts), Decimal("0.00")))

    @property
    def kopecks(self) -> int:
        return int(self.amount / KOPECK)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + other.amount)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - other.amount)

    def __neg__(self) -> Money:
        return Money(-self.amount)

    def __abs__(self) -> Money:
        return Money(abs(self.amount))

    def __bool__(self) -> bool:
        return bool(self.amount)

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Split so that the parts add up exactly; leftovers go to the largest remainders.

        :raises ValueError: a weight is negative, or all of them are zero.
        """
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise ValueError("weights must be non-negative and not all zero")
        kopecks = self.kopecks
        parts = [kopecks * weight // whole for weight in weights]
        by_remainder = sorted(
            (i for i, weight in enumerate(weights) if weight),
            key=lambda i: kopecks * weights[i] % whole,
            reverse=True,
        )
        for i in by_remainder[: kopecks - sum(parts)]:
            parts[i] += 1
        return [Money(part * KOPECK) for part in parts]
