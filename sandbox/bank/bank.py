"""The bank's memory, its clock and its one short lock."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from sandbox.bank.clock import Clock
from sandbox.bank.errors import not_found
from sandbox.bank.records import Method, Movement, Payment, Receipt, Refund, Settings, UsedKey
from sandbox.bank.shops import Shop

Alarm = Callable[["Bank", str], None]


class Journal(Protocol):
    """Where the records go to survive a restart."""

    def put(self, record: object) -> None: ...

    def clear(self) -> None: ...

    def flush(self) -> None: ...


class NoJournal:
    def put(self, record: object) -> None:
        pass

    def clear(self) -> None:
        pass

    def flush(self) -> None:
        pass


class Messenger(Protocol):
    """Carries notifications to the shops."""

    def announce(self, shop: Shop, event: str, body: dict[str, object]) -> None: ...


class Silence:
    def announce(self, shop: Shop, event: str, body: dict[str, object]) -> None:
        pass


class Bank:
    """All records. Touch them only inside ``changes()``: memory alone, no disk and no network."""

    def __init__(
        self,
        shops: Mapping[str, Shop],
        *,
        public: str,
        alarms: Mapping[str, Alarm],
        journal: Journal | None = None,
    ) -> None:
        self.shops = shops
        self.public = public
        self.clock = Clock()
        self.journal: Journal = journal or NoJournal()
        self.messenger: Messenger = Silence()
        self._lock = threading.RLock()
        self._alarms = alarms
        self.forget_all()

    def forget_all(self) -> None:
        """Begin with empty books and the real time."""
        with self._lock:
            self.settings = Settings()
            self.clock.turn(-self.clock.shift / 1000)
            self.payments: dict[str, Payment] = {}
            self.refunds: dict[str, Refund] = {}
            self.receipts: dict[str, Receipt] = {}
            self.methods: dict[str, Method] = {}
            self.keys: dict[str, UsedKey] = {}
            self.qr_codes: dict[str, str] = {}
            self.movements: list[Movement] = []
            self.payments_of: dict[str, list[Payment]] = defaultdict(list)
            self.refunds_of: dict[str, list[Refund]] = defaultdict(list)
            self.receipts_of: dict[str, list[Receipt]] = defaultdict(list)
            self.receipts_by_payment: dict[str, list[Receipt]] = defaultdict(list)
            self.documents = 0
            self._due: list[tuple[int, int, str, str]] = []
            self._count = itertools.count()
            self.journal.clear()

    @contextmanager
    def changes(self) -> Iterator[None]:
        """Hold the lock, after everything whose time has come; the disk is written afterwards."""
        try:
            with self._lock:
                self._run_due()
                yield
        finally:
            self.journal.flush()

    def add_payment(self, row: Payment) -> None:
        self.payments[row.id] = row
        self.payments_of[row.shop].append(row)
        if row.qr_id:
            self.qr_codes[row.qr_id] = row.id
        self.journal.put(row)

    def add_refund(self, row: Refund) -> None:
        self.refunds[row.id] = row
        self.refunds_of[row.shop].append(row)
        self.journal.put(row)

    def add_receipt(self, row: Receipt) -> None:
        self.receipts[row.id] = row
        self.receipts_of[row.shop].append(row)
        self.receipts_by_payment[row.payment_id].append(row)
        self.journal.put(row)

    def add_method(self, row: Method) -> None:
        self.methods[row.id] = row
        if row.qr_id:
            self.qr_codes[row.qr_id] = row.id
        self.journal.put(row)

    def add_key(self, row: UsedKey) -> None:
        self.keys[row.id] = row
        self.journal.put(row)

    def move_money(
        self, payment: Payment, *, kind: str, amount: int, refund_id: str | None
    ) -> None:
        """Write what really moved; nothing else is money."""
        row = Movement(
            id=len(self.movements) + 1,
            shop=payment.shop,
            payment_id=payment.id,
            refund_id=refund_id,
            kind=kind,
            amount=amount,
            at=self.clock.now(),
        )
        self.movements.append(row)
        self.journal.put(row)

    def next_document(self) -> int:
        self.documents += 1
        return self.documents

    def wake_at(self, at: int, alarm: str, record_id: str) -> None:
        """Call the alarm with the record's id once the bank's clock shows that time."""
        heapq.heappush(self._due, (at, next(self._count), alarm, record_id))

    def find_payment(self, shop: Shop, payment_id: str) -> Payment:
        """Return the shop's payment.

        :raises ApiError: 404, the shop has no such payment.
        """
        row = self.payments.get(payment_id)
        if row is None or row.shop != shop.id:
            raise not_found("Payment", "payment_id")
        return row

    def _run_due(self) -> None:
        while self._due and self._due[0][0] <= self.clock.now():
            _at, _number, alarm, record_id = heapq.heappop(self._due)
            self._alarms[alarm](self, record_id)
