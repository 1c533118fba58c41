"""Misbehaviour on demand: what may go wrong between a shop and a bank, before or after the operation."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import Any

KINDS = {"slow", "status", "garbage", "close", "trickle"}


@dataclass(slots=True)
class Fault:
    """``method`` is a method's name, several with commas, or «*». ``when``: before the operation is done, or after it.

    slow waits ``seconds`` and goes on; status answers ``status`` with an HTML page; garbage answers 200 with bytes
    that are no JSON; close shuts the connection without an answer; trickle sends the answer a byte at a time,
    ``seconds`` apart.
    """

    kind: str
    method: str = "*"
    when: str = "after"
    seconds: float = 1.0
    status: int = 500
    times: int = 1


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
        if fault.kind not in KINDS or fault.when not in {"before", "after"}:
            raise ValueError(f"{fault.kind} {fault.when}")
        with self._lock:
            self._ahead.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._ahead.clear()

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._ahead]

    def take(self, method: str) -> Fault | None:
        """Give the next fault meant for this method and use it up by one."""
        with self._lock:
            for fault in self._ahead:
                if fault.method == "*" or method in fault.method.split(","):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._ahead.remove(fault)
                    return fault
        return None
