"""Sums and formulas of bills: pure functions without Django. Debt is positive everywhere (BIL-01)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from kabinet.kernel.money import KOPECK, Money
from kabinet.kernel.period import Period

NOTHING = Money(Decimal("0.00"))
# A year's bills are put together in seconds; a worker of which nothing is heard for so long has died.
ARCHIVE_GIVEN_UP_AFTER = timedelta(minutes=10)


class BalanceWord(StrEnum):
    """What a sum due means; the word always stands beside the figure."""

    DEBT = "debt"
    OVERPAID = "overpaid"
    NOTHING_OWED = "nothing_owed"


@dataclass(frozen=True, slots=True)
class ShownBalance:
    word: BalanceWord
    figure: Money


@dataclass(frozen=True, slots=True)
class GeneralTable:
    """The columns of D's general information for services or for penalties (BIL-23); None was not told."""

    opening: Money | None
    paid: Money | None
    charged: Money | None
    total: Money | None
    preliminary: Money | None
    total_with_preliminary: Money | None


def word_for(due: Money) -> BalanceWord:
    if due.amount > 0:
        return BalanceWord.DEBT
    return BalanceWord.OVERPAID if due.amount < 0 else BalanceWord.NOTHING_OWED


def show_balance(due: Money, sign: str) -> ShownBalance:
    """Give the word and the figure in the provider's manner: no sign, debt with a minus, debt with a plus."""
    figure = {"negative_debt": -due, "positive_debt": due}.get(sign, abs(due))
    return ShownBalance(word_for(due), figure)


def show_payment(paid: Money, style: str) -> Money:
    """A payment as the provider's kind of system writes it: D's are negative, the others' positive (BIL-01)."""
    return -paid if style == "D" else paid


def or_nothing(amount: Money | None) -> Money:
    return amount if amount is not None else NOTHING


def sum_known(amounts: Iterable[Money | None]) -> Money | None:
    """Add up what the provider has given; nothing given stays unknown and never becomes zero (BIL-10)."""
    known = [amount for amount in amounts if amount is not None]
    return Money.total(known) if known else None


def closing_by_settlements(
    *, opening: Money, charged: Money, correction: Money, benefit: Money, paid: Money
) -> Money:
    """State at the end of a month: end = start + charged ± correction − benefits − paid (BIL-08)."""
    return opening + charged + correction - benefit - paid


def closing_by_charges(
    *, opening: Money, charged: Money, recalculated: Money, quality: Money, paid: Money
) -> Money:
    """Closing = opening + charged + recalculation − removed for quality − payments (BIL-11, 13)."""
    return opening + charged + recalculated - quality - paid


def total_due(*, opening: Money, paid: Money, charged: Money, opening_is_net: bool) -> Money:
    """D's column 4: (1) + (2) + (3), where an opening net of payments has them inside already (BIL-24)."""
    return opening + charged if opening_is_net else opening - paid + charged


def general_table(
    *,
    opening: Money | None,
    paid: Money | None,
    charged: Money | None,
    total: Money | None,
    preliminary: Money | None,
) -> GeneralTable:
    """Columns 1–6 with the provider's own total; (6) = (4) + (5), unknown without a preliminary charge."""
    ahead = None if preliminary is None else or_nothing(total) + preliminary
    return GeneralTable(opening, paid, charged, total, preliminary, ahead)


def due_of_row(total: Money, *, clamp: bool) -> Money:
    """What one row adds to the total due: an overpaid one adds nothing where the provider says so (BIL-26)."""
    return NOTHING if clamp and total.amount < 0 else total


def charge_by_tariff(*, tariff: Decimal, volume: Decimal) -> Money:
    """Tariff × volume, rounded half up to the kopeck (BIL-27)."""
    return Money.rounded(tariff * volume)


def differs(given: Money, computed: Money, *, tolerance: Decimal = Decimal(0)) -> bool:
    """The provider's figure is not the formula's: it is shown as given, and the mismatch is reported."""
    return abs(given.amount - computed.amount) > tolerance


def charge_differs(*, given: Money, tariff: Decimal, volume: Decimal) -> bool:
    """Off by more than one kopeck (BIL-27)."""
    return differs(given, charge_by_tariff(tariff=tariff, volume=volume), tolerance=KOPECK)


def due_date(period: Period, *, due_day: int) -> date:
    """A month's bill is to be paid by this day of the month that follows."""
    return period.plus(1).day(due_day)


def is_stale(as_of: datetime, *, at: datetime, max_age_hours: int) -> bool:
    """The provider's data are older than it promises them to be (OPX-35)."""
    return at - as_of > timedelta(hours=max_age_hours)


def is_given_up(moved_at: datetime, *, at: datetime) -> bool:
    """An unfinished archive shows no life any more: whoever asks again starts it anew."""
    return at - moved_at >= ARCHIVE_GIVEN_UP_AFTER


def earliest_period(today: date, *, history_months: int) -> Period:
    """The first month of the shown history: so many months back from the current one (BIL-03)."""
    return Period.of(today).plus(-history_months)


def year_of_months(amounts: Sequence[tuple[Period, Money]]) -> list[tuple[Period, Money | None]]:
    """Fill the twelve months that end with the newest given one; a month without data is None."""
    if not amounts:
        return []
    known = dict(amounts)
    return [(period, known.get(period)) for period in reversed(list(max(known).back(12)))]


@dataclass(frozen=True, slots=True)
class RowsTotal:
    """``due`` is what the rows ask for; ``overpaid`` is what clamped rows hold in the person's favour."""

    due: Money
    overpaid: Money


def total_of_rows(rows: Sequence[Money], *, clamp: bool) -> RowsTotal:
    """Add up rows that are paid apart (BIL-26).

    Where clamping is on, an overpaid row does not lessen what the others ask for; an account on which nothing
    is owed at all still shows its overpayment.
    """
    if not clamp or all(row.amount <= 0 for row in rows):
        return RowsTotal(Money.total(rows), NOTHING)
    return RowsTotal(
        Money.total(due_of_row(row, clamp=True) for row in rows),
        Money.total(-row for row in rows if row.amount < 0),
    )


def share_out(due: Money, claims: Sequence[Money]) -> list[Money]:
    """Share what is asked for in all out to the rows that claim it, so that it adds up; never negative.

    Overpaid rows get nothing and lessen the others; what nobody claims is asked for on the first row.
    """
    if due.amount <= 0:
        return [NOTHING for _ in claims]
    weights = [max(claim.kopecks, 0) for claim in claims]
    return due.allocate(weights if any(weights) else [1, *(0 for _ in claims[1:])])
