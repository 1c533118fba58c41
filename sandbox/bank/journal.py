"""Keeps the records in a file, so that they survive a restart and a kill."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from sandbox.bank.bank import Bank
from sandbox.bank.courier import Courier
from sandbox.bank.records import (
    Card,
    ClockShift,
    Delivery,
    Method,
    Movement,
    Payment,
    Receipt,
    Refund,
    SbpAccount,
    Settings,
    UsedKey,
    WebhookAddress,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    place INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (kind, id)
)
"""
WRITE = """
INSERT INTO records (kind, id, body) VALUES (?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body
"""


class SqliteJournal:
    """``put`` notes a record in memory, ``flush`` writes the noted ones; both from any thread."""

    def __init__(self, path: Path) -> None:
        self._noted: dict[tuple[str, str], str] = {}
        self._emptied = False
        self._memory = threading.Lock()
        self._disk = threading.Lock()
        self._file = sqlite3.connect(path, check_same_thread=False)
        self._file.execute("PRAGMA journal_mode = WAL")
        # Survives a killed process; only a machine that loses power could take the last moment along.
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.execute(SCHEMA)
        self._file.commit()

    def put(self, record: object) -> None:
        if not is_dataclass(record) or isinstance(record, type):
            raise TypeError(record)
        place = (type(record).__name__, str(getattr(record, "id", "")))
        text = json.dumps(asdict(record), ensure_ascii=False)
        with self._memory:
            self._noted[place] = text

    def clear(self) -> None:
        with self._memory:
            self._noted.clear()
            self._emptied = True

    def flush(self) -> None:
        if not self._noted and not self._emptied:
            return
        with self._disk:
            with self._memory:
                noted, self._noted = self._noted, {}
                emptied, self._emptied = self._emptied, False
            with self._file:
                if emptied:
                    self._file.execute("DELETE FROM records")
                self._file.executemany(WRITE, [(*place, text) for place, text in noted.items()])

    def read(self, kind: str) -> Iterator[dict[str, Any]]:
        query = "SELECT body FROM records WHERE kind = ? ORDER BY place"
        for (body,) in self._file.execute(query, (kind,)):
            yield json.loads(body)


def restore(bank: Bank, courier: Courier, journal: SqliteJournal) -> None:
    """Put the file's records back and set the alarms again. The bank must still be without a journal."""
    _restore_switches(bank, journal)
    for body in journal.read(Payment.__name__):
        _restore_payment(bank, Payment(**_with_means(body)))
    for body in journal.read(Refund.__name__):
        refund = Refund(**body)
        bank.add_refund(refund)
        bank.wake_at(refund.settles_at, "settle_refund", refund.id)
    for body in journal.read(Receipt.__name__):
        receipt = Receipt(**body)
        bank.add_receipt(receipt)
        bank.documents = max(bank.documents, receipt.number)
        bank.wake_at(receipt.registers_at, "register_receipt", receipt.id)
    for body in journal.read(Method.__name__):
        method = Method(**_with_means(body))
        bank.add_method(method)
        bank.wake_at(method.expires_at, "expire_method", method.id)
    for body in journal.read(UsedKey.__name__):
        bank.add_key(UsedKey(**body))
    bank.movements.extend(Movement(**body) for body in journal.read(Movement.__name__))
    courier.restore(Delivery(**body) for body in journal.read(Delivery.__name__))


def _restore_switches(bank: Bank, journal: SqliteJournal) -> None:
    for body in journal.read(Settings.__name__):
        bank.settings = Settings(**body)
    for body in journal.read(ClockShift.__name__):
        bank.clock.turn(ClockShift(**body).milliseconds / 1000)
    for body in journal.read(WebhookAddress.__name__):
        address = WebhookAddress(**body)
        if address.id in bank.shops:
            bank.shops[address.id].webhook = address.url


def _with_means(body: dict[str, Any]) -> dict[str, Any]:
    card, account = body["card"], body["sbp"]
    return {
        **body,
        "card": Card(**card) if card else None,
        "sbp": SbpAccount(**account) if account else None,
    }


def _restore_payment(bank: Bank, payment: Payment) -> None:
    """Alarms look at the state first, so that one too many does nothing."""
    bank.add_payment(payment)
    bank.wake_at(payment.expires_at, "expire_payment", payment.id)
    if payment.settles_at is not None:
        bank.wake_at(payment.settles_at, "settle_payment", payment.id)
    if payment.held_until is not None:
        bank.wake_at(payment.held_until, "expire_hold", payment.id)
