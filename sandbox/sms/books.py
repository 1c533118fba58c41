"""The messages that were taken, and where each of them is by now."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from sandbox.sms.fates import Fate, fate_of

KEPT = 500


class State(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    ARRIVED = "arrived"
    EXPIRED = "expired"
    FAILED = "failed"


ENDS = {
    Fate.NO_SUCH_NUMBER: State.FAILED,
    Fate.TELEPHONE_OFF: State.EXPIRED,
    Fate.NEVER_TOLD: State.SENT,
}


@dataclass(frozen=True, slots=True)
class Sms:
    number: int
    phone: str
    text: str
    sender: str
    gateway: str
    at: float


class Books:
    """All messages, oldest first; ``delay`` seconds pass before one has arrived or has not."""

    def __init__(self, *, file: Path | None = None, delay: float = 1.0) -> None:
        self.lock = threading.RLock()
        self.delay = delay
        self._file = file
        self._messages = _read(file)

    def take(self, sms: Sms) -> None:
        with self.lock:
            self._messages = [*self._messages, sms][-KEPT:]
            self._save()

    def next_number(self) -> int:
        with self.lock:
            return max((sms.number for sms in self._messages), default=1_000) + 1

    def all(self) -> list[Sms]:
        with self.lock:
            return list(self._messages)

    def find(self, number: int, phone: str = "") -> Sms | None:
        """Give the newest with this number, as a gateway that lets numbers repeat does."""
        for sms in reversed(self.all()):
            if sms.number == number and phone in ("", sms.phone):
                return sms
        return None

    def same(self, phone: str, text: str, *, within: float) -> Sms | None:
        since = time.time() - within
        for sms in reversed(self.all()):
            if (sms.phone, sms.text) == (phone, text) and sms.at >= since:
                return sms
        return None

    def state(self, sms: Sms) -> State:
        if time.time() < sms.at + self.delay:
            return State.WAITING
        return ENDS.get(fate_of(sms.phone), State.ARRIVED)

    def forget(self) -> None:
        with self.lock:
            self._messages = []
            self._save()

    def _save(self) -> None:
        if self._file is not None:
            whole = json.dumps([asdict(sms) for sms in self._messages], ensure_ascii=False)
            self._file.write_text(whole, encoding="utf-8")


def _read(file: Path | None) -> list[Sms]:
    if file is None or not file.exists():
        return []
    rows: Iterable[dict[str, object]] = json.loads(file.read_text(encoding="utf-8"))
    return [Sms(**row) for row in rows]  # type: ignore[arg-type]  # our own file
