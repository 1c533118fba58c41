"""Troubles ordered by the control API: the next requests are answered late, wrongly or not at all."""

from __future__ import annotations

import threading
from dataclasses import dataclass

KINDS = frozenset(
    {"slow", "processing", "too_many_requests", "internal_server_error", "garbage", "closed"}
)
DONE_BY_DEFAULT = {"slow", "processing"}


@dataclass(slots=True)
class Fault:
    kind: str
    count: int
    done: bool
    """Whether the request is carried out in spite of the answer."""
    seconds: float = 0
    method: str = ""
    """Only requests of this method; empty takes all."""
    path: str = ""
    """Only requests whose path begins so; empty takes all."""

    def fits(self, method: str, path: str) -> bool:
        return (not self.method or self.method == method) and path.startswith(self.path)


class Faults:
    """Each is used as often as ordered, the oldest that fits first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered: list[Fault] = []

    def order(self, fault: Fault) -> None:
        with self._lock:
            self._ordered.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._ordered.clear()

    def take(self, method: str, path: str) -> Fault | None:
        if not self._ordered:
            return None
        with self._lock:
            for fault in self._ordered:
                if fault.fits(method, path):
                    fault.count -= 1
                    if not fault.count:
                        self._ordered.remove(fault)
                    return fault
        return None

    def left(self) -> list[Fault]:
        with self._lock:
            return list(self._ordered)
