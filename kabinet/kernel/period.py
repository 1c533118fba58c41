"""A billing month, which the database keeps as the date of its first day."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_WRITTEN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A calendar month of charging; ``str()`` gives ``2026-10``."""

    year: int
    month: int

    def __post_init__(self) -> None:
        date(self.year, self.month, 1)

    @classmethod
    def of(cls, day: date) -> Period:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Period:
        """:raises ValueError: the text is not ``YYYY-MM``."""
        match = _WRITTEN.fullmatch(text)
        if match is None or match[1] == "0000":
            raise ValueError(f"{text!r} is not a month written as YYYY-MM")
        return cls(int(match[1]), int(match[2]))

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    def plus(self, months: int) -> Period:
        year, month0 = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Period(year, month0 + 1)

    def day(self, number: int) -> date:
        """Give the numbered day, or the last one where the month is shorter (MET-20: 31 = last)."""
        return date(self.year, self.month, min(number, self.last_day.day))

    def back(self, count: int) -> Iterator[Period]:
        """Yield this month and the ones before it, newest first, ``count`` in all."""
        for step in range(count):
            yield self.plus(-step)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"
