"""Misbehaviour on demand: what may go wrong between a client system and a service."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

KINDS = {"slow", "status", "garbage", "close", "answer"}
PLACES = {"*", "token", "person"}


@dataclass(slots=True)
class Fault:
    """slow waits ``seconds`` and goes on; status answers ``status`` with an HTML page; garbage answers 200 with bytes
    that are no JSON; close shuts the connection without an answer; answer changes the answer's fields by ``fields``.
    """

    kind: str
    place: str = "*"
    seconds: float = 1.0
    status: int = 503
    fields: dict[str, Any] | None = None


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead: list[Fault] = []

    def add(self, fields: dict[str, Any]) -> None:
        """:raises ValueError: no such fault."""
        try:
            fault = Fault(**fields)
        except TypeError as wrong:
            raise ValueError(str(wrong)) from None
        if fault.kind not in KINDS or fault.place not in PLACES:
            raise ValueError(f"{fault.kind} {fault.place}")
        with self._lock:
            self._ahead.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._ahead.clear()

    def take(self, place: str) -> Fault | None:
        """Give the next fault meant for this place and use it up."""
        with self._lock:
            for fault in self._ahead:
                if fault.place in {"*", place}:
                    self._ahead.remove(fault)
                    return fault
        return None
