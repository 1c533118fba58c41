"""How one press of «Оплатить» falls apart into payees, sums and commissions, to the kopeck (PAY-03, 37, 49)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kabinet.kernel.money import Money

NOTHING = Money(Decimal("0.00"))
HUNDRED = Decimal(100)

# What one payment at the bank is for: the merchant, and the account where each needs a payment of its own, else 0.
PartKey = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PayLine:
    """One line to be paid: ``penalty`` is a part of ``amount``; ``due`` is what is owed on it, the rest is an advance.

    ``receipt`` is the kind of the bill that it stands in, "" where it stands in none.
    """

    account_id: int
    service_id: int | None
    supplier_id: int | None
    title: str
    amount: Money
    penalty: Money = NOTHING
    due: Money = NOTHING
    receipt: str = ""

    @property
    def place(self) -> tuple[int, int | None, int | None]:
        return self.account_id, self.service_id, self.supplier_id


@dataclass(frozen=True, slots=True)
class PartPlan:
    """One payment's lines, all for one payee; ``shares`` are the lines' parts of the commission, in their order."""

    merchant_id: int
    lines: tuple[PayLine, ...]
    amount: Money
    commission: Money
    shares: tuple[Money, ...]


def commission_of(amount: Money, percent: Decimal) -> Money:
    """What the payer gives on top, rounded half up to the kopeck."""
    return Money.rounded(amount.amount * percent / HUNDRED)


def split(
    lines: Sequence[PayLine],
    keys: Sequence[PartKey],
    percents: Mapping[int, Decimal],
) -> list[PartPlan]:
    """Group the lines by what one payment may be for (``keys`` goes along ``lines``), in the order of first mention.

    ``percents`` is the commission of each merchant's provider for the chosen method.
    """
    groups: dict[PartKey, list[PayLine]] = defaultdict(list)
    for line, key in zip(lines, keys, strict=True):
        groups[key].append(line)
    return [
        _plan(merchant_id, group, percents[merchant_id])
        for (merchant_id, _account), group in groups.items()
    ]


def _plan(merchant_id: int, lines: Sequence[PayLine], percent: Decimal) -> PartPlan:
    amount = Money.total(line.amount for line in lines)
    commission = commission_of(amount, percent)
    shares = commission.allocate([line.amount.kopecks for line in lines])
    return PartPlan(merchant_id, tuple(lines), amount, commission, tuple(shares))


def below_minimum(lines: Sequence[PayLine], minimum: Money) -> list[tuple[int, int | None]]:
    """Which (account, supplier) pairs get less than the least that may be paid; the bound itself is enough (PAY-03)."""
    sums: dict[tuple[int, int | None], Money] = defaultdict(Money.zero)
    for line in lines:
        sums[line.account_id, line.supplier_id] += line.amount
    return [pair for pair, amount in sums.items() if amount < minimum]


def is_above(amount: Money, maximum: Money) -> bool:
    """More than may be paid at once; zero means no bound (PAY-03)."""
    return bool(maximum) and amount > maximum
