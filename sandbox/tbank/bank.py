"""The bank itself: moves payments from state to state and owes the shop a notification for each move."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sandbox.tbank import books as stored
from sandbox.tbank.books import SBP, Books, Payment, SavedCard, Terminal
from sandbox.tbank.cards import CARDS
from sandbox.tbank.tokens import signed

OPEN = {"NEW", "FORM_SHOWED", "3DS_CHECKING", "3DS_CHECKED", "AUTHORIZING", "AUTH_FAIL"}
PAYABLE = {"NEW", "FORM_SHOWED", "AUTHORIZING", "AUTH_FAIL"}
TOLD = {
    "AUTHORIZED",
    "CONFIRMED",
    "REVERSED",
    "PARTIAL_REVERSED",
    "REFUNDED",
    "PARTIAL_REFUNDED",
    "REJECTED",
    "DEADLINE_EXPIRED",
}
SESSION = 24 * 3600.0
SBP_TRIES = 3


class Bank:
    """All of it sits behind one lock: a stand-in is asked to be right, not fast."""

    def __init__(self, terminals: Iterable[Terminal], *, file: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.terminals = {one.key: one for one in terminals}
        self.file = file
        self.books = stored.read(file) if file else Books()
        self.ahead = 0.0  # seconds the bank's clock was moved forward
        self.linger = 20.0  # seconds a slow card and an SBP refund take
        self.refuse_sbp_refunds = False
        self.till = "works"  # works | fails | absent: what happens to fiscal receipts
        self.base_url = ""
        self.notify: Callable[[str, dict[str, Any]], None] = lambda _url, _fields: None

    def now(self) -> float:
        return time.time() + self.ahead

    def save(self) -> None:
        if self.file:
            stored.write(self.books, self.file)

    def next_id(self) -> str:
        """Numbers never repeat, not even after a start without the file of an earlier run."""
        self.books.last_id = max(self.books.last_id + 1, int(time.time() * 1000))
        return str(self.books.last_id)

    def open_session(self, terminal: Terminal, **fields: Any) -> Payment:
        fields.setdefault("due_at", self.now() + SESSION)
        payment = Payment(
            id=self.next_id(), terminal=terminal.key, page=secrets.token_urlsafe(9), **fields
        )
        self.books.add(payment)
        payment.history.append("NEW")
        return payment

    def page_url(self, payment: Payment) -> str:
        return f"{self.base_url}/pay/{payment.page}"

    def settle_time(self, payment: Payment) -> None:
        """Let what was due by now happen: the session's end, a slow card's answer, an SBP refund."""
        if payment.ready_at is not None and payment.ready_at <= self.now():
            payment.ready_at = None
            if payment.returning:
                self.finish_refund(payment)
            else:
                self.take(payment)
        elif payment.status in OPEN and payment.due_at <= self.now():
            self.move(payment, "DEADLINE_EXPIRED")

    def settle_all(self) -> None:
        with self.lock:
            for payment in list(self.books.payments.values()):
                self.settle_time(payment)

    def move(self, payment: Payment, status: str, *, error: str = "0") -> None:
        payment.status, payment.error = status, error
        payment.history.append(status)
        if status in TOLD and not payment.request_key:
            self.tell(payment, self.payment_notice(payment))

    def tell(self, payment: Payment, fields: dict[str, Any]) -> None:
        terminal = self.terminals[payment.terminal]
        address = payment.notify_url or terminal.notify_url
        if address:
            self.notify(address, signed(fields, terminal.password))

    def payment_notice(self, payment: Payment) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "TerminalKey": payment.terminal,
            "OrderId": payment.order_id,
            "Success": payment.error == "0",
            "Status": payment.status,
            # a number here, a string in the answers of the API: the service does so too
            "PaymentId": int(payment.id),
            "ErrorCode": payment.error,
            "Amount": payment.left,
        }
        if payment.card_id:
            fields["CardId"] = int(payment.card_id)
        if payment.rebill_id:
            fields["RebillId"] = int(payment.rebill_id)
        if payment.pan:
            fields |= {"Pan": payment.pan, "ExpDate": payment.expires}
        return fields

    def authorize(self, payment: Payment) -> None:
        """The issuer said yes: hold the money, and take it at once unless the shop wants two stages."""
        if CARDS[payment.number].lingers:
            payment.ready_at = self.now() + self.linger
            self.move(payment, "CONFIRM_CHECKING")
            return
        self.keep_card(payment)
        self.move(payment, "AUTHORIZED")
        if not payment.two_stage:
            self.take(payment)

    def take(self, payment: Payment) -> None:
        if payment.status not in {
            "AUTHORIZED",
            "PARTIAL_REVERSED",
            "AUTHORIZING",
            "CONFIRM_CHECKING",
        }:
            raise AssertionError(f"{payment.id}: money is taken once, not from {payment.status}")
        payment.taken = payment.amount
        self.move(payment, "CONFIRMED")
        self.fiscalize(payment, payment.receipt, "Income")

    def give_back(self, payment: Payment, amount: int, receipt: dict[str, Any] | None) -> None:
        """Return taken money: a card's at once, SBP's after a while."""
        payment.last_return, payment.cancel_error = amount, ""
        if payment.route == SBP:
            payment.returning = amount
            payment.ready_at = self.now() + self.linger
            self.move(payment, "ASYNC_REFUNDING")
        else:
            payment.returned += amount
            self.move(payment, "PARTIAL_REFUNDED" if payment.left else "REFUNDED")
        self.fiscalize(
            payment, receipt or (payment.receipt if not payment.left else None), "IncomeReturn"
        )

    def finish_refund(self, payment: Payment) -> None:
        amount, payment.returning = payment.returning, 0
        if self.refuse_sbp_refunds:
            payment.cancel_error = "I05043"
            payment.status = "PARTIAL_REFUNDED" if payment.returned else "CONFIRMED"
            payment.history.append(payment.status)
            return
        payment.returned += amount
        self.move(payment, "PARTIAL_REFUNDED" if payment.left else "REFUNDED")

    def keep_card(self, payment: Payment) -> None:
        """Bind the card to the customer the shop named; RebillId only when it asked for repeated charges."""
        card = CARDS[payment.number]
        if not payment.customer or not card.saves:
            return
        mine = self.books.cards_of(payment.terminal, payment.customer)
        kept = next((one for one in mine if one.number == card.number and one.status == "A"), None)
        if kept is None:
            kept = SavedCard(
                id=self.next_id(),
                terminal=payment.terminal,
                customer=payment.customer,
                number=card.number,
                pan=card.masked,
                expires=payment.expires,
            )
            self.books.cards.append(kept)
        if payment.recurrent and not kept.rebill_id:
            kept.rebill_id = self.next_id()
        payment.card_id = kept.id
        if payment.recurrent:
            payment.rebill_id = kept.rebill_id

    def close_binding(self, payment: Payment, *, error: str = "0") -> None:
        """End a card's binding well or badly and say so to the shop."""
        payment.recurrent = True
        if error == "0":
            self.keep_card(payment)
        if error == "0" and not payment.rebill_id:
            error = "600"
        self.move(payment, "COMPLETED" if error == "0" else "REJECTED", error=error)
        fields = self.payment_notice(payment) | {
            "CustomerKey": payment.customer,
            "RequestKey": payment.request_key,
            "NotificationType": "LINKCARD",
        }
        del fields["OrderId"], fields["Amount"]
        self.tell(payment, fields)

    def fiscalize(self, payment: Payment, receipt: dict[str, Any] | None, kind: str) -> None:
        """Print the receipt and tell the shop its fiscal numbers."""
        if receipt is None or self.till == "absent":
            return
        self.books.documents += 1
        number = self.books.documents
        fields: dict[str, Any] = {
            "TerminalKey": payment.terminal,
            "OrderId": payment.order_id,
            "Success": self.till == "works",
            "Status": "RECEIPT",
            "PaymentId": int(payment.id),
            "ErrorCode": "0" if self.till == "works" else "311",
            "Amount": sum(item["Amount"] for item in receipt["Items"]),
            "Type": kind,
        }
        if self.till == "works":
            fields |= self._fiscal_numbers(number)
        else:
            fields["ErrorMessage"] = "Ошибка регистрации чека в Receipt Service"
        self.tell(payment, fields | {"Receipt": receipt})

    def _fiscal_numbers(self, number: int) -> dict[str, Any]:
        sign = 1_000_000_000 + number * 7919 % 3_000_000_000
        return {
            "FiscalNumber": number,
            "ShiftNumber": 1 + number // 100,
            "ReceiptDatetime": time.strftime(
                "%Y-%m-%dT%H:%M:%S+03:00", time.gmtime(self.now() + 10800)
            ),
            "FnNumber": "9960440300000001",
            "EcrRegNumber": "0000000000001234",
            "FiscalDocumentNumber": number,
            "FiscalDocumentAttribute": sign,
            "Ofd": "Песочница ОФД",
            "Url": f"{self.base_url}/receipt/{number}",
            "QrCodeUrl": f"{self.base_url}/receipt/{number}?qr",
        }

    def totals(self) -> dict[str, int]:
        """The bank's books in one line, for whoever compares: taken, given back, left, kopecks."""
        payments = self.books.payments.values()
        taken = sum(one.taken for one in payments)
        returned = sum(one.returned for one in payments)
        return {
            "payments": len(self.books.payments),
            "taken": taken,
            "returned": returned,
            "left": taken - returned,
        }


def new_request_key() -> str:
    return str(uuid.uuid4())
