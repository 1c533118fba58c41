"""The sum due as it comes along with a person's links: for the header of every page and for the home page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Cast, Now

from kabinet.accounts import riders
from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing import calculations
from kabinet.billing.models import Balance, Bill
from kabinet.billing.queries.owed import BillDueRow, ServiceDueRow, owed_on
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature

BALANCES = "balances"
LATEST_BILLS = "latest_bills"


@dataclass(frozen=True, slots=True)
class TopDueRow:
    """What the header says (BIL-09, ACC-30); ``amount`` is None when the provider has told nothing, never zero."""

    amount: Money | None
    is_overdue: bool
    as_of: datetime | None


def register() -> None:
    """Called once, when the app is ready."""
    riders.LINKED.register(BALANCES, _balances, opens=Feature.BALANCE)
    riders.LINKED.register(LATEST_BILLS, _latest_bills, opens=Feature.BALANCE)


def _balances() -> Cast:
    balances = Balance.objects.filter(account=OuterRef("account"))
    return riders.rows_as_text(
        balances.order_by("service__name", "supplier__name", "pk"),
        "service_id",
        "supplier_id",
        "service__name",
        "supplier__name",
        "amount",
        "penalty",
        "as_of",
    )


def _latest_bills() -> Cast:
    """The bills of the last closed month: an open month's total is not final yet (BIL-04).

    Nor does a month speak that has not begun; by the database's clock, for what comes along takes no arguments.
    """
    closed = Bill.objects.filter(account=OuterRef("account"), final=True)
    newest = Bill.objects.filter(
        account=OuterRef("account_id"), final=True, period__lte=Now()
    ).order_by("-period")
    return riders.rows_as_text(
        closed.filter(period=Subquery(newest.values("period")[:1])).order_by("pk"),
        "period",
        "kind",
        "total",
        "penalty_total",
        "as_of",
    )


def told_balances(account: LinkedAccountRow) -> tuple[ServiceDueRow, ...]:
    """The account's balances by service as the provider tells them, when its row was read."""
    return tuple(
        ServiceDueRow(
            service_id=service_id,
            supplier_id=supplier_id,
            service_name=service,
            supplier_name=supplier or "",
            amount=Money(amount),
            penalty=None if penalty is None else Money(penalty),
            as_of=datetime.fromisoformat(as_of),
        )
        for service_id, supplier_id, service, supplier, amount, penalty, as_of in _told(
            account, BALANCES
        )
    )


def get_top_due(*, account: LinkedAccountRow, at: datetime) -> TopDueRow | None:
    """Give the sum for the header; None where this reader may not see it. No query: it came with the row."""
    if not account.opens(Feature.BALANCE):
        return None
    bills = _told(account, LATEST_BILLS)
    balances = told_balances(account)
    moments = [row.as_of for row in balances] or [
        datetime.fromisoformat(as_of) for *_figures, as_of in bills
    ]
    if not moments:
        return TopDueRow(None, is_overdue=False, as_of=None)
    made_at = min(moments)
    owed = owed_on(account, balances, _bill_dues(bills), made_at=made_at)
    return TopDueRow(
        owed.due,
        is_overdue=bool(bills) and owed.due.amount > 0 and _is_late(bills[0][0], account, at),
        as_of=made_at.astimezone(ZoneInfo(account.provider.timezone)),
    )


def _bill_dues(bills: Sequence[Any]) -> Sequence[BillDueRow]:
    return [
        BillDueRow(kind, Money(total), None if penalty is None else Money(penalty))
        for _period, kind, total, penalty, _as_of in bills
    ]


def _is_late(month: str, account: LinkedAccountRow, at: datetime) -> bool:
    period = Period.of(date.fromisoformat(month))
    due_on = calculations.due_date(period, due_day=account.provider.policy.due_day)
    return account.local_date(at) > due_on


def _told(account: LinkedAccountRow, name: str) -> Sequence[Any]:
    """Rows as arrays; figures stay exact."""
    rows: Sequence[Any] = json.loads(account.told.get(name, "[]"), parse_float=Decimal)
    return rows
