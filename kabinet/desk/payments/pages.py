"""Rows of payments with their words and colours, moments by the provider's clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from kabinet.desk.payments.words import (
    ACTIONS,
    ACTORS,
    ATTEMPT_KINDS,
    RECEIPT_KINDS,
    REFUND_KINDS,
)
from kabinet.payments.queries.fiscal_rows import FiscalRow
from kabinet.payments.queries.register import RegisterRow
from kabinet.payments.queries.served_payment import ServedAttempt, ServedPayment, ServedRefund
from kabinet.ui import formatting

SHOWN_NUMBERS = 2


class RegisterPages:
    """Where one is in the register; ``query`` is the address's own filters, for the files."""

    def __init__(self, request: HttpRequest, number: int, *, has_more: bool) -> None:
        self.request, self.number, self.has_more = request, number, has_more

    @property
    def query(self) -> str:
        kept = self.request.GET.copy()
        kept.pop("page", None)
        return kept.urlencode()

    @property
    def earlier(self) -> str:
        return self._address(self.number - 1) if self.number > 1 else ""

    @property
    def later(self) -> str:
        return self._address(self.number + 1) if self.has_more else ""

    def _address(self, number: int) -> str:
        return f"?{self.query}&page={number}" if self.query else f"?page={number}"


def shown_rows(rows: Iterable[RegisterRow]) -> Iterator[dict[str, object]]:
    for row in rows:
        more = len(row.account_numbers) - SHOWN_NUMBERS
        yield {
            "row": row,
            "when": _moment(row.at, row.timezone),
            "kind": ATTEMPT_KINDS[row.state],
            "accounts": ", ".join(row.account_numbers[:SHOWN_NUMBERS]),
            "more": max(more, 0),
            "receipt_kind": RECEIPT_KINDS[row.fiscal.state] if row.fiscal else "",
        }


@dataclass(frozen=True, slots=True)
class FiscalView:
    row: FiscalRow
    kind: str
    registered: str


@dataclass(frozen=True, slots=True)
class AttemptView:
    row: ServedAttempt
    kind: str
    when: str
    fiscal: FiscalView | None


@dataclass(frozen=True, slots=True)
class RefundView:
    row: ServedRefund
    kind: str
    when: str
    finished: str
    fiscal: FiscalView | None


@dataclass(frozen=True, slots=True)
class TrailView:
    when: str
    what: str
    who: str


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """A payment for its page."""

    payment: ServedPayment

    @property
    def when(self) -> str:
        return self._moment(self.payment.paid_at or self.payment.created_at)

    @property
    def attempts(self) -> Sequence[AttemptView]:
        return [
            AttemptView(
                row,
                ATTEMPT_KINDS[row.state],
                self._moment(row.created_at),
                self._fiscal(row.fiscal),
            )
            for row in self.payment.attempts
        ]

    @property
    def refunds(self) -> Sequence[RefundView]:
        return [
            RefundView(
                row,
                REFUND_KINDS[row.state],
                self._moment(row.created_at),
                self._moment(row.finished_at) if row.finished_at else "",
                self._fiscal(row.fiscal),
            )
            for row in self.payment.refunds
        ]

    @property
    def trail(self) -> Sequence[TrailView]:
        return [
            TrailView(
                when=self._moment(row.happened_at),
                what=str(ACTIONS.get(row.action, row.action)),
                who=row.by or str(ACTORS.get(row.by_kind, row.by_kind)),
            )
            for row in self.payment.trail
        ]

    def _fiscal(self, row: FiscalRow | None) -> FiscalView | None:
        if row is None:
            return None
        registered = self._moment(row.registered_at) if row.registered_at else ""
        return FiscalView(row, RECEIPT_KINDS[row.state], registered)

    def _moment(self, at: datetime) -> str:
        return _moment(at, self.payment.timezone)


def _moment(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{formatting.short_date(local)} {local:%H:%M}"
