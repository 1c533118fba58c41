"""The months that a bundle speaks of, with their dates already written in the provider's manner."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from demo.bundle import Dialect
from kabinet.kernel.period import Period

GROWTH_PERCENT = 109  # tariffs grow on 1 July, as a rule by about so much
BASE_YEAR = 2024
JULY = 7


@dataclass(frozen=True, slots=True)
class Month:
    """``days[1]`` is the first day as text; ``tariff_year`` is the year of the last 1 July before or in it."""

    number: int
    year: int
    month: int
    length: int
    first_ordinal: int
    tariff_year: int
    text: str
    days: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """``months`` are the closed ones, oldest first; ``current`` is open, data end on its day ``today``."""

    dialect: Dialect
    before: Month
    months: tuple[Month, ...]
    current: Month
    today: int
    as_of: str
    offset: str

    def moment(self, year: int, month: int, day: int) -> str:
        return f"{year:04d}-{month:02d}-{day:02d}T00:00:00{self.offset}"

    def shifted(self, months: int, day: int) -> str:
        """Write a day of the month that lies so many months from the current one."""
        year, month0 = divmod(self.current.number + months, 12)
        return self.dialect.day(year, month0 + 1, min(day, 28))


def month_of(period: Period, dialect: Dialect) -> Month:
    year, month = period.year, period.month
    length = calendar.monthrange(year, month)[1]
    return Month(
        number=year * 12 + month - 1,
        year=year,
        month=month,
        length=length,
        first_ordinal=period.first_day.toordinal(),
        tariff_year=year if month >= JULY else year - 1,
        text=dialect.period(year, month),
        days=("", *(dialect.day(year, month, day) for day in range(1, length + 1))),
    )


def make_timeline(*, count: int, today: date, dialect: Dialect, offset: str) -> Timeline:
    """Lay out ``count`` closed months before the month of ``today``."""
    current = Period.of(today)
    return Timeline(
        dialect=dialect,
        before=month_of(current.plus(-count - 1), dialect),
        months=tuple(month_of(current.plus(step), dialect) for step in range(-count, 0)),
        current=month_of(current, dialect),
        today=today.day,
        as_of=f"{today.isoformat()}T00:00:00{offset}",
        offset=offset,
    )


def price(base: int, tariff_year: int) -> int:
    """Give the price from 1 July of the year, in millionths of a rouble, in whole kopecks; ``base`` is of 2024."""
    steps = abs(tariff_year - BASE_YEAR)
    up: int = GROWTH_PERCENT**steps
    down: int = 100**steps
    grown = base * up // down if tariff_year >= BASE_YEAR else base * down // up
    return grown // 10_000 * 10_000


def cost(tariff: int, volume: int) -> int:
    """Multiply a price in millionths by a volume in ten-thousandths; kopecks, rounded half up."""
    whole = abs(tariff * volume)
    kopecks = (whole + 50_000_000) // 100_000_000
    return kopecks if volume >= 0 else -kopecks
