"""Misbehaviour on demand: what may go wrong between a system that asks and a stand-in that answers."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Generic, TypeVar


@dataclass(slots=True)
class Fault:
    """slow waits ``seconds`` and goes on; status answers ``status`` with an HTML page; garbage answers 200 with bytes
    that are no JSON; close shuts the connection without an answer; trickle sends the answer a byte at a time,
    ``seconds`` apart. ``place`` is where it happens, «*» anywhere; ``times`` how often.
    """

    KINDS: ClassVar = frozenset({"slow", "status", "garbage", "close", "trickle"})
    PLACES: ClassVar[frozenset[str]] = frozenset()

    kind: str
    place: str = "*"
    seconds: float = 1.0
    status: int = 503
    times: int = 1

    def is_known(self) -> bool:
        return self.kind in self.KINDS and self.place in {"*", *self.PLACES}

    def fits(self, place: str) -> bool:
        return self.place in {"*", place}


F = TypeVar("F", bound=Fault)


class Faults(Generic[F]):
    """The faults ahead; each is used as often as it says, the oldest that fits first."""

    def __init__(self, kind: type[F]) -> None:
        self._kind = kind
        self._lock = threading.Lock()
        self._ahead: list[F] = []

    def add(self, fields: dict[str, Any]) -> None:
        """:raises ValueError: no such fault."""
        try:
            fault = self._kind(**fields)
        except TypeError as wrong:
            raise ValueError(str(wrong)) from None
        if not fault.is_known():
            raise ValueError(f"no such fault: {fields}")
        with self._lock:
            self._ahead.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._ahead.clear()

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._ahead]

    def take(self, place: str) -> F | None:
        """Give the next fault meant for this place and use it up by one."""
        with self._lock:
            for fault in self._ahead:
                if fault.fits(place):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._ahead.remove(fault)
                    return fault
        return None
