"""A bank in memory with its own books: it remembers keys, can do a thing and lose the answer, and never forgets money.

The payer is played by ``pay``, ``decline`` and ``expire``; ``troubles`` happen to the next calls, one each.
"""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from dataclasses import dataclass, field, replace

from kabinet.kernel.money import Money
from kabinet.payments.enums import Cause
from kabinet.payments.gateways.base import (
    Abilities,
    BankRow,
    GatewayRefused,
    GatewayUnavailable,
    GatewayUnknown,
    Means,
    Notice,
    NoticeKind,
    NoticeRefused,
    Order,
    Page,
    PaymentTruth,
    RefundTruth,
    TruthState,
)

CODE = "memory"
PATH = "tests.payments.memory_bank.MemoryBank"
ADDRESS = "192.0.2.10"
DAY = dt.timedelta(days=1)


class Killed(BaseException):
    """The process died here; not an Exception, so that nothing on the way swallows it."""


@dataclass
class Books:
    payments: dict[str, PaymentTruth] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    refunds: dict[str, RefundTruth] = field(default_factory=dict)
    refund_keys: dict[str, str] = field(default_factory=dict)
    refund_refs: dict[str, str] = field(default_factory=dict)
    refund_of: dict[str, str] = field(default_factory=dict)
    merchant_of: dict[str, int] = field(default_factory=dict)
    # How the next refunds go instead of at once and whole: "slowly", or of another sum.
    refund_moods: list[str | Money] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    numbers: itertools.count = field(default_factory=itertools.count)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pay(self, acquirer_id, *, amount=None, at=None):
        """The payer confirms: the money is taken, of whatever sum the test says."""
        truth = self.payments[acquirer_id]
        if truth.state is TruthState.PENDING:
            self.payments[acquirer_id] = replace(
                truth,
                state=TruthState.SUCCEEDED,
                amount=amount or truth.amount,
                paid_at=at,
                means=self._means(acquirer_id),
            )

    def lose_token(self, acquirer_id):
        """The money is taken, but the bank has not saved the card."""
        truth = self.payments[acquirer_id]
        self.payments[acquirer_id] = replace(truth, means=replace(truth.means, token=""))

    def decline(self, acquirer_id, cause=Cause.NO_MONEY, reason="insufficient_funds"):
        truth = self.payments[acquirer_id]
        if truth.state is TruthState.PENDING:
            self.payments[acquirer_id] = replace(
                truth, state=TruthState.CANCELED, cause=cause, reason=reason
            )

    def expire(self, acquirer_id):
        self.decline(acquirer_id, Cause.SESSION_OVER, "expired_on_confirmation")

    def taken(self, merchant_id=None):
        """Money that the bank holds: taken less given back."""
        mine = [
            truth
            for acquirer_id, truth in self.payments.items()
            if merchant_id in {None, self.merchant_of[acquirer_id]}
            and truth.state is TruthState.SUCCEEDED
        ]
        return Money.total(truth.amount - truth.refunded for truth in mine)

    def end_refund(self, refund_id, state, amount=None):
        """What was pending, or even declined, comes out; of another sum, if the test says so, but of no more than there is."""
        told, paid = self.refunds[refund_id], self.payments[self.refund_of[refund_id]]
        amount = min(amount or told.amount, paid.amount - paid.refunded)
        if state is TruthState.SUCCEEDED and not amount:
            return
        if state is TruthState.SUCCEEDED:
            told = replace(told, amount=amount)
            self.payments[paid.acquirer_id] = replace(paid, refunded=paid.refunded + amount)
        self.refunds[refund_id] = replace(told, state=state)

    def pending(self):
        return [key for key, truth in self.payments.items() if truth.state is TruthState.PENDING]

    def _means(self, acquirer_id):
        order = self.orders[acquirer_id]
        token = f"token-{acquirer_id}" if order.save_means else ""
        return Means(token=token, system="Mir", last4="4477", expiry_year=2030, expiry_month=5)


BOOKS = Books()


def empty_books() -> Books:
    BOOKS.__init__()
    return BOOKS


def _trouble(name):
    BOOKS.calls.append(name)
    return BOOKS.troubles.pop(0) if BOOKS.troubles else ""


class MemoryBank:
    abilities = Abilities(sbp=True, saved_means=True, binding=False, listing=True)

    def create(self, merchant, order):
        with BOOKS.lock:
            trouble = _trouble("create")
            if trouble == "down":
                raise GatewayUnavailable("no connection")
            if trouble == "killed before":
                raise Killed
            if trouble == "refuse":
                raise GatewayRefused("invalid_request", Cause.OTHER)
            is_repetition = order.key in BOOKS.by_key
            acquirer_id = BOOKS.by_key.get(order.key) or self._make(merchant, order)
            if trouble == "lost":
                raise GatewayUnavailable("connection closed after doing it")
            if trouble == "killed after":
                raise Killed
            if trouble == "refuse repetition" and is_repetition:
                raise GatewayRefused("idempotence_key_reused", Cause.OTHER)
            return BOOKS.payments[acquirer_id]

    def _make(self, merchant, order):
        acquirer_id = f"bank-{next(BOOKS.numbers)}"
        BOOKS.by_key[order.key] = acquirer_id
        BOOKS.orders[acquirer_id], BOOKS.merchant_of[acquirer_id] = order, merchant.id
        BOOKS.payments[acquirer_id] = PaymentTruth(
            acquirer_id,
            order.ref,
            TruthState.PENDING,
            order.amount,
            confirmation_url="https://bank.example/pay" if order.page is Page.REDIRECT else "",
            sbp_payload="https://qr.nspk.ru/AS10003P3RH0LJ2A9ROO038L6NT5RU1M"
            if order.page is Page.SBP
            else "",
        )
        if order.token:
            BOOKS.pay(acquirer_id)
        return acquirer_id

    def fetch(self, merchant, acquirer_id):
        trouble = _trouble("fetch")
        if trouble in {"down", "lost"}:
            raise GatewayUnavailable("no connection")
        if trouble.startswith("killed"):
            raise Killed
        if acquirer_id not in BOOKS.payments:
            raise GatewayUnknown
        return BOOKS.payments[acquirer_id]

    def find(self, merchant, ref, *, since):
        if _trouble("find") in {"down", "lost"}:
            raise GatewayUnavailable("no connection")
        return next((row for row in BOOKS.payments.values() if row.ref == ref), None)

    def refund(self, merchant, order):
        with BOOKS.lock:
            trouble = _trouble("refund")
            if trouble == "down":
                raise GatewayUnavailable("no connection")
            if trouble == "killed before":
                raise Killed
            refund_id = BOOKS.refund_keys.get(order.key) or self._give_back(order)
            if trouble == "lost":
                raise GatewayUnavailable("connection closed after doing it")
            if trouble == "killed after":
                raise Killed
            return BOOKS.refunds[refund_id]

    def _give_back(self, order):
        truth = BOOKS.payments[order.acquirer_id]
        if truth.refunded + order.amount > truth.amount:
            raise GatewayRefused("refund_too_large", Cause.OTHER)
        refund_id = f"refund-{next(BOOKS.numbers)}"
        BOOKS.refund_keys[order.key] = BOOKS.refund_refs[order.ref] = refund_id
        BOOKS.refund_of[refund_id] = order.acquirer_id
        BOOKS.refunds[refund_id] = RefundTruth(refund_id, TruthState.PENDING, order.amount)
        mood = BOOKS.refund_moods.pop(0) if BOOKS.refund_moods else None
        if mood != "slowly":
            BOOKS.end_refund(refund_id, TruthState.SUCCEEDED, mood)
        return refund_id

    def fetch_refund(self, merchant, acquirer_id, refund_id):
        if _trouble("fetch_refund") in {"down", "lost"}:
            raise GatewayUnavailable("no connection")
        if refund_id not in BOOKS.refunds:
            raise GatewayUnknown
        return BOOKS.refunds[refund_id]

    def find_refund(self, merchant, order, *, since, returned):
        if _trouble("find_refund") in {"down", "lost"}:
            raise GatewayUnavailable("no connection")
        refund_id = BOOKS.refund_refs.get(order.ref)
        return BOOKS.refunds[refund_id] if refund_id else None

    def fetch_receipt(self, merchant, acquirer_id, *, of_refund):
        return None

    def forget(self, merchant, token, *, payer_ref):
        BOOKS.calls.append("forget")

    def read_notice(self, merchant, *, body, headers, address):
        if address != ADDRESS:
            raise NoticeRefused("not the bank's address")
        kind, _colon, acquirer_id = body.decode().partition(":")
        try:
            return Notice(NoticeKind(kind), acquirer_id)
        except ValueError as error:
            raise NoticeRefused("unreadable") from error

    def list_day(self, merchant, *, since, until):
        for acquirer_id, truth in BOOKS.payments.items():
            if (
                truth.state is TruthState.SUCCEEDED
                and BOOKS.merchant_of[acquirer_id] == merchant.id
            ):
                yield BankRow(acquirer_id, False, truth.amount, truth.paid_at or since)
        for refund_id, payment_id in BOOKS.refund_of.items():
            if BOOKS.merchant_of[payment_id] == merchant.id:
                yield BankRow(refund_id, True, BOOKS.refunds[refund_id].amount, since + DAY / 2)


def moment(minutes=0):
    return dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
