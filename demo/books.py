"""An account's books in whole kopecks: what was owed, charged and paid, month by month.

Every row that leaves here adds up: closing = opening + charged + adjusted - benefit - quality - paid, a bill is
the sum of its lines (of those not overpaid, where the provider counts so), and the closing of a month is the
opening of the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from demo.bundle import Dialect, Row
from demo.months import Month

FREE_DAYS = 30
FULL_RATE_FROM = 91
# The yearly rate is min(key rate, 9.5 %), a fraction of 1/300 and then 1/130 of it a day (facts §5.4).
RATE_PER_MILLE = 95


@dataclass(slots=True)
class Slot:
    """One row that stands in every bill: a service of a supplier (or its penalties), with what is owed for it."""

    service: str
    supplier: str
    kind: str
    is_penalty: bool = False
    unit: str = ""
    balance: int = 0


@dataclass(slots=True)
class Charge:
    """What one month charges on one slot. ``extra`` marks a second row of the slot, such as a recalculation."""

    slot: Slot
    amount: int
    tariff: int = -1
    volume: int | None = None
    basis: str = ""
    norm: str = ""
    operation: str = "начисление"
    adjusted: int = 0
    benefit: int = 0
    quality: int = 0
    extra: bool = False

    @property
    def net(self) -> int:
        return self.amount + self.adjusted - self.benefit - self.quality


@dataclass(frozen=True, slots=True)
class Layout:
    """Which optional columns a billing system fills; ``sparse`` ones leave zeros out.

    ``clamp``: a row that is overpaid adds nothing to the bill's total (BIL-26).
    """

    adjusted: bool = False
    benefit: bool = False
    quality: bool = False
    penalty: bool = False
    operation: bool = False
    sparse: bool = False
    clamp: bool = False


@dataclass(slots=True)
class Arrears:
    """Unpaid months, oldest first, each with the ordinal of its last day to pay; payments close the oldest."""

    months: list[tuple[int, int]] = field(default_factory=list)
    credit: int = 0

    def owe(self, due_ordinal: int, amount: int) -> None:
        if amount < 0:
            self.pay(-amount)
            return
        used = min(self.credit, amount)
        self.credit -= used
        if amount > used:
            self.months.append((due_ordinal, amount - used))

    def pay(self, amount: int) -> None:
        while amount > 0 and self.months:
            due_ordinal, owed = self.months[0]
            if owed > amount:
                self.months[0] = (due_ordinal, owed - amount)
                return
            amount -= owed
            del self.months[0]
        self.credit += amount

    def penalty(self, month: Month) -> int:
        """Penalty of one month: nothing for 30 days, then 1/300, from day 91 1/130 of the rate a day."""
        last = month.first_ordinal + month.length - 1
        weighted = 0
        for due_ordinal, owed in self.months:
            newest, oldest = last - due_ordinal, last - due_ordinal - month.length + 1
            if newest <= FREE_DAYS:
                break
            low = max(0, min(newest, FULL_RATE_FROM - 1) - max(oldest, FREE_DAYS + 1) + 1)
            full = max(0, newest - max(oldest, FULL_RATE_FROM) + 1)
            weighted += owed * (13 * low + 30 * full)
        # 13/3900 = 1/300, 30/3900 = 1/130
        return (weighted * RATE_PER_MILLE + 1_950_000) // 3_900_000


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split by weights, the parts adding up exactly; without positive weights all goes to the first."""
    positive = [max(0, weight) for weight in weights]
    whole = sum(positive)
    if not whole or amount < 0:
        return [amount] + [0] * (len(weights) - 1)
    parts = [amount * weight // whole for weight in positive]
    left = amount - sum(parts)
    for i in sorted(range(len(parts)), key=lambda i: amount * positive[i] % whole, reverse=True)[
        :left
    ]:
        parts[i] += 1
    return parts


class Books:
    """The ledger of one account; ``lines`` and ``bills`` collect the rows for the bundle."""

    def __init__(
        self, account: str, slots: Sequence[Slot], layout: Layout, dialect: Dialect
    ) -> None:
        self.account = account
        self.slots = slots
        self.kinds = list(dict.fromkeys(slot.kind for slot in slots))
        self.main = [slot for slot in slots if not slot.is_penalty]
        self.penalties = [slot for slot in slots if slot.is_penalty]
        self.layout = layout
        self.dialect = dialect
        self.lines: list[Row] = []
        self.bills: list[Row] = []

    @property
    def owed(self) -> int:
        return sum(slot.balance for slot in self.main)

    @property
    def penalty_owed(self) -> int:
        return sum(slot.balance for slot in self.penalties)

    def spread(self, amount: int, penalty: int) -> dict[int, int]:
        """Share a payment among the slots; gives what each got, by the slot's identity."""
        shares: dict[int, int] = {}
        for slots, part in ((self.main, amount), (self.penalties, penalty)):
            if part:
                parts = split(part, [slot.balance for slot in slots])
                shares |= {id(slot): got for slot, got in zip(slots, parts, strict=True) if got}
        return shares

    def close_month(
        self, month: Month, charges: Sequence[Charge], shares: dict[int, int], issue: Issue
    ) -> None:
        """Write the month's bills, one for each kind, and move the balances on."""
        by_slot: dict[int, list[Charge]] = {}
        for charge in charges:
            by_slot.setdefault(id(charge.slot), []).append(charge)
        for kind in self.kinds:
            sums = Sums(preliminary=issue.preliminary if kind == self.kinds[0] else 0)
            number = 0
            for slot in self.slots:
                if slot.kind != kind:
                    continue
                paid = shares.get(id(slot), 0)
                for charge in by_slot.get(id(slot)) or [Charge(slot, 0, operation="")]:
                    number += 1
                    state = (0, 0) if charge.extra else (slot.balance, paid)
                    self.lines.append(self._line(month, kind, number, charge, state))
                    sums.add(charge, *state)
            self.bills.append(self._bill(month, kind, sums, issue))
        for slot in self.slots:
            moved = sum(charge.net for charge in by_slot.get(id(slot), ()))
            slot.balance += moved - shares.get(id(slot), 0)

    def supplement(self, month: Month, kind: str, charge: Charge, issue: Issue) -> None:
        """Write one more bill of the month with a single recalculation in it."""
        sums = Sums()
        sums.add(charge, 0, 0)
        self.lines.append(self._line(month, kind, 1, charge, (0, 0)))
        self.bills.append(self._bill(month, kind, sums, issue))
        charge.slot.balance += charge.net

    def _line(
        self, month: Month, kind: str, number: int, charge: Charge, state: tuple[int, int]
    ) -> Row:
        money, due, layout, slot = self.dialect.money, self.dialect.due, self.layout, charge.slot
        opening, paid = state
        return (
            self.account,
            month.text,
            kind,
            number,
            slot.service,
            slot.supplier,
            charge.operation if layout.operation or slot.is_penalty else "",
            "" if charge.tariff < 0 else self.dialect.decimal(charge.tariff, 6),
            charge.norm,
            "" if charge.volume is None else self.dialect.decimal(charge.volume, 4),
            slot.unit if charge.volume is not None else "",
            charge.basis,
            month.text if charge.operation else "",
            due(opening),
            money(charge.amount),
            self._adjusted(charge.adjusted),
            money(charge.benefit) if layout.benefit else "",
            money(charge.quality) if layout.quality else "",
            money(paid),
            due(opening + charge.net - paid),
            1 if slot.is_penalty else 0,
        )

    def _adjusted(self, amount: int) -> str:
        if not self.layout.adjusted or (self.layout.sparse and not amount):
            return ""
        return self.dialect.money(amount)

    def _bill(self, month: Month, kind: str, sums: Sums, issue: Issue) -> Row:
        money, due, layout = self.dialect.money, self.dialect.due, self.layout
        has_penalty = layout.penalty
        return (
            self.account,
            month.text,
            kind,
            f"{issue.prefix}{month.year % 100:02d}{month.month:02d}-{self.account[-6:]}-{len(self.bills) + 1}",
            issue.issued_on,
            issue.as_of,
            due(sums.opening),
            money(sums.paid),
            money(sums.charged),
            self._adjusted(sums.adjusted - sums.quality),
            money(sums.benefit) if layout.benefit else "",
            due(sums.due if layout.clamp else sums.total),
            due(sums.penalty_opening) if has_penalty else "",
            money(sums.penalty_paid) if has_penalty else "",
            money(sums.penalty_charged) if has_penalty else "",
            due(sums.penalty_opening + sums.penalty_charged - sums.penalty_paid)
            if has_penalty
            else "",
            due(sums.preliminary) if sums.preliminary else "",
            due(0) if sums.preliminary else "",
            0,
            1,
        )


@dataclass(frozen=True, slots=True)
class Issue:
    """When a bill was issued, of which moment it speaks, and what it asks ahead."""

    issued_on: str
    as_of: str
    prefix: str = ""
    preliminary: int = 0


@dataclass(slots=True)
class Sums:
    """The totals of one bill; ``due`` leaves its overpaid rows out."""

    preliminary: int = 0
    opening: int = 0
    paid: int = 0
    charged: int = 0
    adjusted: int = 0
    benefit: int = 0
    quality: int = 0
    due: int = 0
    penalty_opening: int = 0
    penalty_paid: int = 0
    penalty_charged: int = 0

    @property
    def total(self) -> int:
        return self.opening - self.paid + self.charged + self.adjusted - self.benefit - self.quality

    def add(self, charge: Charge, opening: int, paid: int) -> None:
        if charge.slot.is_penalty:
            self.penalty_opening += opening
            self.penalty_paid += paid
            self.penalty_charged += charge.amount
            return
        self.due += max(0, opening + charge.net - paid)
        self.opening += opening
        self.paid += paid
        self.charged += charge.amount
        self.adjusted += charge.adjusted
        self.benefit += charge.benefit
        self.quality += charge.quality
