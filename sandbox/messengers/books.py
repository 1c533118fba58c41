"""The bots, where their news goes, and every conversation."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

KEPT = 200
NAMES = {"telegram": "Telegram", "max": "MAX"}


@dataclass(frozen=True, slots=True)
class Bot:
    messenger: str
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class Hook:
    url: str
    secret: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    number: int
    messenger: str
    person: int
    text: str
    is_from_bot: bool
    at: float


class Books:
    """All of it in memory; gone with the program."""

    def __init__(self, bots: Iterable[Bot]) -> None:
        self.bots = {bot.messenger: bot for bot in bots}
        self.hooks: dict[str, Hook] = {}
        self._lock = threading.RLock()
        self._numbers = 0
        self.forget()

    def forget(self) -> None:
        """Empty the conversations; the bots and their hooks stay."""
        with self._lock:
            self._messages: list[Message] = []
            self._started: set[tuple[str, int]] = set()
            self._stopped: set[tuple[str, int]] = set()
            self.brought: list[tuple[str, int]] = []

    def next_number(self) -> int:
        with self._lock:
            self._numbers += 1
            return self._numbers

    def write(self, messenger: str, person: int, text: str, *, is_from_bot: bool) -> int:
        with self._lock:
            number = self.next_number()
            row = Message(number, messenger, person, text, is_from_bot, time.time())
            self._messages = [*self._messages, row][-KEPT:]
            return number

    def start(self, messenger: str, person: int) -> None:
        with self._lock:
            self._started.add((messenger, person))
            self._stopped.discard((messenger, person))

    def stop(self, messenger: str, person: int) -> None:
        with self._lock:
            self._stopped.add((messenger, person))

    def has_started(self, messenger: str, person: int) -> bool:
        return (messenger, person) in self._started

    def has_stopped(self, messenger: str, person: int) -> bool:
        return (messenger, person) in self._stopped

    def note_brought(self, messenger: str, status: int) -> None:
        with self._lock:
            self.brought.append((messenger, status))

    def all(self) -> list[Message]:
        with self._lock:
            return list(self._messages)

    def talk(self, messenger: str, person: int) -> list[Message]:
        return [row for row in self.all() if (row.messenger, row.person) == (messenger, person)]
