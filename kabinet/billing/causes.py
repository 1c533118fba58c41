"""What may make a sum change, and the rows in which it shows; pure, without Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from kabinet.billing.calculations import NOTHING
from kabinet.kernel.money import Money

RECALCULATION_WORDS = ("перерасч", "пересч", "коррект", "сторно", "доначисл", "возврат")


class Factor(StrEnum):
    """What a part of the change is due to."""

    USE = "use"
    PRICE = "price"
    DAYS = "days"
    HEADS = "heads"
    AREA = "area"
    NORM = "norm"
    BASIS = "basis"
    RECALCULATION = "recalculation"
    BENEFIT = "benefit"
    QUALITY = "quality"
    PENALTY = "penalty"
    APPEARED = "appeared"
    DISAPPEARED = "disappeared"
    OTHER = "other"


class Reason(StrEnum):
    """Why a part could not be told apart any further."""

    ROUNDING = "rounding"
    NOT_BY_FORMULA = "not_by_formula"
    NO_FIGURES = "no_figures"
    OTHER_UNIT = "other_unit"
    NO_LINES = "no_lines"
    OUTSIDE_LINES = "outside_lines"


@dataclass(frozen=True, slots=True)
class Piece:
    """A row of a bill as far as it matters here; ``service`` is empty for what the bill says as a whole.

    ``strand`` tells the rows of one service apart (day zones); ``kind`` is the service's kind, for the words.
    """

    service: str
    charged: Money
    kind: str = ""
    strand: str = ""
    is_penalty: bool = False
    is_recalculation: bool = False
    adjusted: Money = NOTHING
    benefit: Money = NOTHING
    quality: Money = NOTHING
    volume: Decimal | None = None
    tariff: Decimal | None = None
    unit: str = ""
    basis: str = ""
    norm: str = ""

    @property
    def net(self) -> Money:
        return self.charged + self.adjusted - self.benefit - self.quality

    @property
    def says_something(self) -> bool:
        return bool(self.charged) or self.volume is not None


@dataclass(frozen=True, slots=True)
class Part:
    """One cause and what it adds. Which of the figures are told depends on the factor; all go before → after.

    ``prices`` holds a pair for every strand whose price was a single one in both months.
    """

    factor: Factor
    amount: Money
    service: str = ""
    kind: str = ""
    unit: str = ""
    volumes: tuple[Decimal, Decimal] | None = None
    prices: tuple[tuple[Decimal, Decimal], ...] = ()
    norms: tuple[str, str] = ("", "")
    bases: tuple[str, str] = ("", "")
    sums: tuple[Money, Money] | None = None
    reason: Reason | None = None


def is_recalculation(operation: str, *, calc_period: date | None, period: date) -> bool:
    """A row about an earlier month, or one that names itself so, is no charge of this month."""
    if calc_period is not None and calc_period < period:
        return True
    lowered = operation.casefold()
    return any(word in lowered for word in RECALCULATION_WORDS)
