"""Requests that came to the API, for tests to look at; and the limit of requests a second."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

REMEMBERED = 2000


@dataclass(frozen=True, slots=True)
class Visit:
    method: str
    path: str
    key: str
    status: int
    """0 when the connection was closed without an answer."""


class Visits:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: dict[str, tuple[int, int]] = {}
        self.rows: deque[Visit] = deque(maxlen=REMEMBERED)

    def forget_all(self) -> None:
        with self._lock:
            self.rows.clear()
            self._seconds.clear()

    def note(self, visit: Visit) -> None:
        self.rows.append(visit)

    def is_over_limit(self, who: str, limit: int) -> bool:
        """Count a request of the running second; a limit of 0 is none."""
        if not limit:
            return False
        second = int(time.monotonic())
        with self._lock:
            last, count = self._seconds.get(who, (second, 0))
            count = count + 1 if last == second else 1
            self._seconds[who] = (second, count)
        return count > limit
