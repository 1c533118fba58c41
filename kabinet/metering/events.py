from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadingSubmitted:
    """A person's reading has been stored and waits for the provider (MET-32)."""

    reading_id: int
    meter_id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class ReadingReplaced:
    """A later reading of the same window took the place of this one (MET-21)."""

    reading_id: int
    by_reading_id: int


@dataclass(frozen=True, slots=True)
class ReadingWithdrawn:
    """The person has taken a reading back before the provider got it (MET-32)."""

    reading_id: int
    meter_id: int
    account_id: int
