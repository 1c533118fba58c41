"""Carries notifications to the shops from threads of its own, again and again until they answer 200."""

from __future__ import annotations

import heapq
import http.client
import itertools
import json
import random
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.bank.bank import Bank
from sandbox.bank.records import Delivery
from sandbox.bank.shops import Shop

THREADS = 4
REMEMBERED = 2000
GIVES_UP_AFTER = 24 * 3600 * 1000
TIMEOUT_SECONDS = 10
LONGEST_PAUSE = 3600
LONGEST_WAIT = 1.0


@dataclass(slots=True)
class Mode:
    """How notifications travel; seconds are of the bank's clock."""

    on: bool = True
    """Off: they are withheld until released, taken or dropped."""
    copies: int = 1
    delay_seconds: float = 0
    shuffle_seconds: float = 0
    """Each copy waits up to so long by chance, so that they arrive out of order."""


def pause_after(attempts: int) -> int:
    """Return the milliseconds to wait after so many failed attempts: 1, 2, 4 … seconds, then an hour."""
    return int(min(2 ** (attempts - 1), LONGEST_PAUSE)) * 1000


class Courier:
    """Its lock is taken after the bank's, never before it."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._changed = threading.Condition()
        self._numbers = itertools.count(1)
        self._stopping = False
        self.forget_all()

    def forget_all(self) -> None:
        with self._changed:
            self.mode = Mode()
            self.waiting: dict[int, Delivery] = {}
            self.withheld: dict[int, Delivery] = {}
            self.finished: deque[Delivery] = deque(maxlen=REMEMBERED)
            self._queue: list[tuple[int, int]] = []

    def start(self) -> None:
        for number in range(THREADS):
            threading.Thread(target=self._work, name=f"courier-{number}", daemon=True).start()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def announce(self, shop: Shop, event: str, body: dict[str, Any]) -> None:
        """Send the notification in the way the mode says; a shop without an address gets none."""
        if not shop.webhook and self.mode.on:
            return
        text = json.dumps(
            {"type": "notification", "event": event, "object": body}, ensure_ascii=False
        )
        with self._changed:
            for _copy in range(self.mode.copies):
                self._take_in(shop, event, body["id"], text)
            self._changed.notify_all()

    def wake(self) -> None:
        """The clock was turned."""
        with self._changed:
            self._changed.notify_all()

    def restore(self, rows: Iterable[Delivery]) -> None:
        """Go on with what a stopped program had not delivered."""
        with self._changed:
            last = 0
            for row in rows:
                last = max(last, row.id)
                if row.state == "waiting":
                    self._put_in_queue(row)
                elif row.state == "withheld":
                    self.withheld[row.id] = row
            self._numbers = itertools.count(last + 1)

    def let_go(self, ids: Iterable[int] | None, *, shuffled: bool = False) -> list[int]:
        """Send withheld notifications, all or some, in the order given or by chance."""
        with self._changed:
            chosen = [self.withheld.pop(one) for one in self._chosen(ids)]
            if shuffled:
                random.shuffle(chosen)
            now = self._bank.clock.now()
            for place, row in enumerate(chosen):
                row.state, row.due_at = "waiting", now + place
                self._put_in_queue(row)
            self._changed.notify_all()
        return [row.id for row in chosen]

    def remove(self, ids: Iterable[int] | None) -> list[Delivery]:
        """Lose withheld notifications, all or some, and return them."""
        with self._changed:
            lost = [self.withheld.pop(one) for one in self._chosen(ids)]
            for row in lost:
                row.state = "lost"
                self._finish(row)
        return lost

    def wait_until_quiet(self, seconds: float) -> bool:
        """Wait until nothing is under way that is due now; for tests."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._is_busy(), timeout=seconds)

    def as_rows(self) -> dict[str, list[dict[str, Any]]]:
        with self._changed:
            return {
                "waiting": [asdict(row) for row in self.waiting.values()],
                "withheld": [asdict(row) for row in self.withheld.values()],
                "finished": [asdict(row) for row in self.finished],
            }

    def _chosen(self, ids: Iterable[int] | None) -> list[int]:
        if ids is None:
            return list(self.withheld)
        return [one for one in ids if one in self.withheld]

    def _take_in(self, shop: Shop, event: str, object_id: str, text: str) -> None:
        now = self._bank.clock.now()
        chance = random.uniform(0, self.mode.shuffle_seconds)  # noqa: S311 -- order of arrival, no secret
        row = Delivery(
            id=next(self._numbers),
            shop=shop.id,
            event=event,
            object_id=object_id,
            body=text,
            created_at=now,
            due_at=now + round((self.mode.delay_seconds + chance) * 1000),
        )
        if self.mode.on:
            self._put_in_queue(row)
        else:
            row.state = "withheld"
            self.withheld[row.id] = row
        self._bank.journal.put(row)

    def _put_in_queue(self, row: Delivery) -> None:
        self.waiting[row.id] = row
        heapq.heappush(self._queue, (row.due_at, row.id))

    def _is_busy(self) -> bool:
        now = self._bank.clock.now()
        return any(row.due_at <= now for row in self.waiting.values())

    def _finish(self, row: Delivery) -> None:
        self.waiting.pop(row.id, None)
        self.finished.append(row)
        self._bank.journal.put(row)
        self._changed.notify_all()

    def _work(self) -> None:
        while True:
            row = self._next()
            if row is None:
                return
            answer = self._send(row)
            with self._changed:
                self._note(row, answer)
            self._bank.journal.flush()

    def _next(self) -> Delivery | None:
        with self._changed:
            while not self._stopping:
                if not self._queue:
                    self._changed.wait()
                    continue
                wait = (self._queue[0][0] - self._bank.clock.now()) / 1000
                if wait > 0:
                    self._changed.wait(min(wait, LONGEST_WAIT))
                    continue
                _due, number = heapq.heappop(self._queue)
                if number in self.waiting:
                    return self.waiting[number]
        return None

    def _note(self, row: Delivery, answer: str) -> None:
        if row.id not in self.waiting:
            return  # everything was forgotten meanwhile
        row.attempts += 1
        row.last_answer = answer
        now = self._bank.clock.now()
        if answer == "200":
            row.state = "delivered"
            self._finish(row)
        elif now - row.created_at >= GIVES_UP_AFTER:
            row.state = "given_up"
            self._finish(row)
        else:
            row.due_at = now + pause_after(row.attempts)
            self._put_in_queue(row)
            self._bank.journal.put(row)
            self._changed.notify_all()

    def _send(self, row: Delivery) -> str:
        parts = urlsplit(self._bank.shops[row.shop].webhook)
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        line = kind(parts.netloc, timeout=TIMEOUT_SECONDS)
        try:
            line.request(
                "POST",
                f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}",
                body=row.body.encode(),
                headers={"Content-Type": "application/json", "User-Agent": "Sandbox-Bank/1"},
            )
            return str(line.getresponse().status)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            line.close()
