"""A bill with everything that its paper shows, as plain values."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kabinet.billing.payment_code import BankDetails
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.providers.queries import ProviderRow


@dataclass(frozen=True, slots=True)
class PaperHouse:
    """The house's areas in m²; ``common`` is «ОИ всего», ``common_counted`` «ОИ з/з» (BIL-38)."""

    total: Decimal | None
    living: Decimal | None
    nonliving: Decimal | None
    common: Decimal | None
    common_counted: Decimal | None


@dataclass(frozen=True, slots=True)
class PaperAccount:
    """Whom and what the bill is for; ``payer`` is written as initials (BIL-38)."""

    number: str
    gis_id: str
    payer: str
    address: str
    area_total: Decimal | None
    residents: int | None
    registered: int | None
    owners: int | None
    house: PaperHouse


@dataclass(frozen=True, slots=True)
class PaperSums:
    """The provider's totals for services or for penalties; None where it gave none."""

    opening: Money | None
    charged: Money | None
    adjusted: Money | None
    benefit: Money | None
    paid: Money | None
    total: Money | None


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A row of the table of charges; ``position`` is its number on this paper."""

    position: int
    service_id: int
    service: str
    operation: str
    supplier_id: int | None
    tariff: Decimal | None
    norm: str
    volume: Decimal | None
    unit: str
    basis: str
    calc_period: Period | None
    quality: Money | None
    is_penalty: bool
    sums: PaperSums


@dataclass(frozen=True, slots=True)
class PaperPayee:
    """Who gets the money of which rows (BIL-38); ``details`` is None when the provider did not say who."""

    details: BankDetails | None
    positions: Sequence[int]
    amount: Money


@dataclass(frozen=True, slots=True)
class PaperRegister:
    """A meter's register with its readings about the month; ``current`` is None when none came in it."""

    service: str
    unit: str
    model: str
    serial: str
    zone: str
    previous_on: date | None
    previous: Decimal | None
    current_on: date | None
    current: Decimal | None
    digits: int
    next_verification_on: date | None

    @property
    def use(self) -> Decimal | None:
        """None without two readings, or where the dial has turned over or the meter was changed."""
        if self.previous is None or self.current is None or self.current < self.previous:
            return None
        return self.current - self.previous


@dataclass(frozen=True, slots=True)
class PaperUse:
    """A year of one metered service, oldest month first; an unknown month is None."""

    service: str
    unit: str
    months: Sequence[tuple[Period, Decimal | None]]
    average: Decimal | None
    average_months: int
    year_ago: Decimal | None
    year_ago_charged: Money | None


@dataclass(frozen=True, slots=True)
class PaperChange:
    """Why this month is charged otherwise than the one before; the parts add up to ``difference``."""

    previous: Period
    difference: Money
    unit: str
    volume: Decimal | None
    previous_volume: Decimal | None
    by_volume: Money
    tariff: Decimal | None
    previous_tariff: Decimal | None
    by_tariff: Money
    by_adjusted: Money
    by_rest: Money


@dataclass(frozen=True, slots=True)
class BillPaper:
    """All that is printed on one bill, at one revision of it."""

    bill_id: int
    public_id: uuid.UUID
    revision: int
    number: str
    kind: str
    period: Period
    as_of: datetime
    final: bool
    due_on: date
    opening_is_net: bool
    provider: ProviderRow
    account: PaperAccount
    lines: Sequence[PaperLine]
    sums: PaperSums
    penalty: PaperSums
    due: Money
    preliminary: Money | None
    payees: Sequence[PaperPayee]
    registers: Sequence[PaperRegister]
    use: PaperUse | None
    change: PaperChange | None
    last_payment: tuple[date, Money] | None
    tariff_documents: Sequence[tuple[str, str]]
