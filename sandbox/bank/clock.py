"""The bank's own clock: real time plus a shift that tests may turn forward."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})")


class Clock:
    """Milliseconds since 1970 in UTC; never goes back while the program runs."""

    def __init__(self) -> None:
        self.shift = 0
        self._last = 0

    def now(self) -> int:
        self._last = max(self._last, time.time_ns() // 1_000_000 + self.shift)
        return self._last

    def turn(self, seconds: float) -> None:
        """Turn the clock forward, or back to real time with a negative number."""
        self.shift += round(seconds * 1000)
        if seconds < 0:
            self._last = 0


def as_iso(milliseconds: int) -> str:
    """Write a time as the real API does: UTC, milliseconds, ``Z``."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def from_iso(text: str) -> int:
    """Read an ISO 8601 time with its offset.

    :raises ValueError: it is not such a time.
    """
    if not ISO.fullmatch(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000
