"""What the bank remembers: terminals, payments, customers and their cards. Money is integer kopecks."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SBP = "QR"
CARD = "ACQ"


@dataclass(frozen=True, slots=True)
class Terminal:
    key: str
    password: str
    notify_url: str = ""


@dataclass(slots=True)
class Payment:
    """One payment session; a card binding is one too, of zero kopecks (`request_key` is then set)."""

    id: str
    terminal: str
    order_id: str
    amount: int
    page: str  # the secret part of the payer's address
    due_at: float
    description: str = ""
    customer: str = ""
    recurrent: bool = False
    two_stage: bool = False
    success_url: str = ""
    fail_url: str = ""
    notify_url: str = ""
    status: str = "NEW"
    error: str = "0"
    route: str = CARD
    taken: int = 0
    returned: int = 0
    returning: int = 0  # an SBP refund on its way
    last_return: int = 0
    cancel_error: str = ""  # why the payer's bank would not take the last SBP refund
    ready_at: float | None = None  # when the lingering thing (refund, slow card) is done
    tries: int = 0
    number: str = ""  # the test card in use
    pan: str = ""
    expires: str = ""
    card_id: str = ""
    rebill_id: str = ""
    request_key: str = ""
    qr_id: str = ""
    receipt: dict[str, Any] | None = None
    closing_receipt: dict[str, Any] | None = None
    cancels: dict[str, dict[str, Any]] = field(default_factory=dict)  # by ExternalRequestId
    history: list[str] = field(default_factory=list)

    @property
    def left(self) -> int:
        """What of the money the shop still has, or the hold still holds."""
        return self.amount - self.returned


@dataclass(slots=True)
class SavedCard:
    id: str
    terminal: str
    customer: str
    number: str
    pan: str
    expires: str
    rebill_id: str = ""
    status: str = "A"


@dataclass(slots=True)
class Books:
    payments: dict[str, Payment] = field(default_factory=dict)
    cards: list[SavedCard] = field(default_factory=list)
    customers: list[tuple[str, str]] = field(default_factory=list)
    last_id: int = 0
    documents: int = 0
    orders: dict[tuple[str, str], str] = field(default_factory=dict)  # OrderId → PaymentId

    def add(self, payment: Payment) -> None:
        self.payments[payment.id] = payment
        if payment.order_id:
            self.orders[payment.terminal, payment.order_id] = payment.id

    def by_page(self, page: str) -> Payment | None:
        return next((one for one in self.payments.values() if one.page == page), None)

    def by_qr(self, qr_id: str) -> Payment | None:
        return next((one for one in self.payments.values() if one.qr_id == qr_id), None)

    def by_order(self, terminal: str, order_id: str) -> Payment | None:
        return self.payments.get(self.orders.get((terminal, order_id), ""))

    def by_request_key(self, terminal: str, key: str) -> Payment | None:
        return next(
            (
                one
                for one in self.payments.values()
                if key and (one.terminal, one.request_key) == (terminal, key)
            ),
            None,
        )

    def cards_of(self, terminal: str, customer: str) -> list[SavedCard]:
        return [one for one in self.cards if (one.terminal, one.customer) == (terminal, customer)]

    def by_rebill(self, terminal: str, rebill_id: str) -> SavedCard | None:
        return next(
            (
                one
                for one in self.cards
                if rebill_id and (one.terminal, one.rebill_id) == (terminal, rebill_id)
            ),
            None,
        )


def read(path: Path) -> Books:
    """Read what an earlier run wrote; nothing written means empty books."""
    if not path.exists():
        return Books()
    raw = json.loads(path.read_text(encoding="utf-8"))
    kept = Books(
        cards=[SavedCard(**row) for row in raw["cards"]],
        customers=[(terminal, customer) for terminal, customer in raw["customers"]],
        last_id=raw["last_id"],
        documents=raw["documents"],
    )
    for row in raw["payments"]:
        kept.add(Payment(**row))
    return kept


def write(books: Books, path: Path) -> None:
    """Write all at once: a kill in the middle leaves the former file whole."""
    raw = dataclasses.asdict(books)
    raw["payments"] = list(raw["payments"].values())
    del raw["orders"]
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(raw, file, ensure_ascii=False)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
