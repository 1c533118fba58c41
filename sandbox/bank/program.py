"""The whole program put together: bank, courier, troubles and the list of visits."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from sandbox.bank.alarms import ALARMS
from sandbox.bank.bank import Bank
from sandbox.bank.courier import Courier
from sandbox.bank.faults import Faults
from sandbox.bank.journal import SqliteJournal, restore
from sandbox.bank.records import ClockShift, WebhookAddress
from sandbox.bank.shops import Shop
from sandbox.bank.visits import Visits

TICK_SECONDS = 0.2


class Program:
    def __init__(
        self, shops: Mapping[str, Shop], *, public: str, state: Path | None = None
    ) -> None:
        self.bank = Bank(shops, public=public, alarms=ALARMS)
        self.courier = Courier(self.bank)
        self.faults = Faults()
        self.visits = Visits()
        self._stopping = threading.Event()
        if state:
            journal = SqliteJournal(state)
            restore(self.bank, self.courier, journal)
            self.bank.journal = journal
        self.bank.messenger = self.courier

    def start(self) -> None:
        self.courier.start()
        threading.Thread(target=self._tick, name="alarms", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        self.courier.stop()

    def reset(self) -> None:
        """Forget all records, switches and troubles; the shops and their addresses stay."""
        with self.bank.changes():
            self.bank.forget_all()
        self.courier.forget_all()
        self.faults.clear()
        self.visits.forget_all()

    def turn_clock(self, seconds: float) -> None:
        self.bank.clock.turn(seconds)
        with self.bank.changes():
            self.bank.journal.put(ClockShift(self.bank.clock.shift))
        self.courier.wake()

    def set_webhook(self, shop_id: str, url: str) -> None:
        with self.bank.changes():
            self.bank.shops[shop_id].webhook = url
            self.bank.journal.put(WebhookAddress(shop_id, url))

    def _tick(self) -> None:
        """What is due happens even when nobody asks."""
        while not self._stopping.wait(TICK_SECONDS):
            with self.bank.changes():
                pass
