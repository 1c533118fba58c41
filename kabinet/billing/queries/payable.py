"""What an account's due is made of, line by line, for whoever pays it (PAY-02, 20, 31).

Balances speak where the provider sends them, else the bills of the latest closed month (BIL-23). A bill whose lines do
not make its total is one line: the provider's figure is what people pay.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import OuterRef, Q, QuerySet, Subquery

from kabinet.accounts import riders
from kabinet.billing import scopes
from kabinet.billing.models import Balance, Bill, BillLine
from kabinet.billing.queries.rows import money
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.kernel.prepared import Prepared

Place = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class PayableRow:
    """The provider's figure for one service and supplier; negative where overpaid.

    ``penalty`` stands apart from ``amount``, None where the provider tells none. ``receipt`` is the kind of the bill that holds the line, "" where no bill
    of the latest closed month does. ``preliminary`` is this line's share of the charge of the month that is not closed.
    ``service_id`` is None where the provider tells one sum for the whole bill.
    """

    account_id: int
    service_id: int | None
    supplier_id: int | None
    service_name: str
    supplier_name: str
    receipt: str
    amount: Money
    penalty: Money | None
    preliminary: Money | None
    as_of: datetime
    from_bill: bool

    @property
    def place(self) -> Place:
        return self.service_id, self.supplier_id


@dataclass(slots=True)
class _Line:
    """The lines of a bill for one service and supplier, added up; ``closing`` is None once a line tells none."""

    service_name: str
    supplier_name: str
    amount: Decimal | None = Decimal(0)
    penalty: Decimal | None = Decimal(0)
    charged: Decimal = Decimal(0)


def get_payable(
    *, actor: Actor, account_ids: Iterable[int], this_month: date
) -> Mapping[int, Sequence[PayableRow]]:
    """Give the lines of each account that the actor may pay for; two queries for any number.

    Accounts of which the provider has told nothing are left out.
    """
    ids = tuple(account_ids)
    bills = defaultdict(list)
    for bill in _BILLS(actor, ids, this_month):
        bills[bill.account_id].append(bill)
    balances = defaultdict(list)
    for balance in _BALANCES(actor, ids):
        balances[balance.account_id].append(balance)
    rows = {
        account_id: _of_balances(balances[account_id], bills[account_id])
        if balances[account_id]
        else _of_bills(bills[account_id])
        for account_id in ids
    }
    return {account_id: lines for account_id, lines in rows.items() if lines}


def _balances(actor: Actor, account_ids: tuple[int, ...]) -> QuerySet[Balance]:
    balances = scopes.payable_balances(actor).filter(account__in=account_ids)
    return balances.select_related("service", "supplier").order_by(
        "service__name", "supplier__name", "pk"
    )


def _bills(actor: Actor, account_ids: tuple[int, ...], this_month: date) -> QuerySet[Bill]:
    newest = Bill.objects.filter(
        account=OuterRef("account"), final=True, period__lte=this_month
    ).order_by("-period")
    lines = BillLine.objects.filter(bill=OuterRef("pk")).order_by("line")
    return (
        scopes.payable_bills(actor)
        .filter(
            Q(period=Subquery(newest.values("period")[:1]), final=True), account__in=account_ids
        )
        .annotate(
            told_lines=riders.rows_as_text(
                lines,
                "service_id",
                "supplier_id",
                "service__name",
                "supplier__name",
                "closing",
                "charged",
                "is_penalty",
            )
        )
        .order_by("kind")
    )


_BALANCES = Prepared(_balances)
_BILLS = Prepared(_bills)


def _of_balances(balances: Sequence[Balance], bills: Sequence[Bill]) -> Sequence[PayableRow]:
    receipts: dict[Place, str] = {}
    shares: dict[Place, Money] = {}
    for bill in bills:
        lines = _lines(bill)
        # A line that stands in two bills belongs to the first of them.
        shares = {**_preliminary(bill, lines), **shares}
        receipts = {**dict.fromkeys(lines, bill.kind), **receipts}
    return [
        PayableRow(
            account_id=balance.account_id,
            service_id=balance.service_id,
            supplier_id=balance.supplier_id,
            service_name=balance.service.name,
            supplier_name=balance.supplier.name if balance.supplier else "",
            receipt=receipts.get((balance.service_id, balance.supplier_id), ""),
            amount=Money(balance.amount),
            penalty=money(balance.penalty),
            preliminary=shares.get((balance.service_id, balance.supplier_id)),
            as_of=balance.as_of,
            from_bill=False,
        )
        for balance in balances
    ]


def _of_bills(bills: Sequence[Bill]) -> Sequence[PayableRow]:
    return [row for bill in bills for row in _of_bill(bill)]


def _of_bill(bill: Bill) -> Sequence[PayableRow]:
    lines = _lines(bill)
    if not lines or not _add_up(bill, lines):
        return [_whole_bill(bill)]
    shares = _preliminary(bill, lines)
    return [
        PayableRow(
            account_id=bill.account_id,
            service_id=place[0],
            supplier_id=place[1],
            service_name=line.service_name,
            supplier_name=line.supplier_name,
            receipt=bill.kind,
            amount=Money(line.amount or Decimal(0)),
            penalty=None if bill.penalty_total is None else Money(line.penalty or Decimal(0)),
            preliminary=shares.get(place),
            as_of=bill.as_of,
            from_bill=True,
        )
        for place, line in lines.items()
    ]


def _whole_bill(bill: Bill) -> PayableRow:
    return PayableRow(
        account_id=bill.account_id,
        service_id=None,
        supplier_id=None,
        service_name="",
        supplier_name="",
        receipt=bill.kind,
        amount=Money(bill.total),
        penalty=money(bill.penalty_total),
        preliminary=_preliminary_of(bill),
        as_of=bill.as_of,
        from_bill=True,
    )


def _lines(bill: Bill) -> Mapping[Place, _Line]:
    lines: dict[Place, _Line] = {}
    told = json.loads(getattr(bill, "told_lines", "[]"), parse_float=Decimal)
    for service_id, supplier_id, service, supplier, closing, charged, is_penalty in told:
        line = lines.setdefault((service_id, supplier_id), _Line(service, supplier or ""))
        if is_penalty:
            line.penalty = _plus(line.penalty, closing)
        else:
            line.amount = _plus(line.amount, closing)
            line.charged += Decimal(charged)
    return lines


def _plus(known: Decimal | None, more: Decimal | int | None) -> Decimal | None:
    return None if known is None or more is None else known + Decimal(more)


def _add_up(bill: Bill, lines: Mapping[Place, _Line]) -> bool:
    """Whether the lines' closing sums are told, and make the bill's own."""
    amounts = [line.amount for line in lines.values()]
    penalties = [line.penalty for line in lines.values()]
    return (
        None not in amounts
        and None not in penalties
        and sum(filter(None, amounts)) == bill.total
        and sum(filter(None, penalties)) == (bill.penalty_total or 0)
    )


def _preliminary_of(bill: Bill) -> Money | None:
    told = [part for part in (bill.preliminary, bill.penalty_preliminary) if part is not None]
    return Money(sum(told, Decimal(0))) if told else None


def _preliminary(bill: Bill, lines: Mapping[Place, _Line]) -> Mapping[Place, Money]:
    """Share the preliminary charge out as the month's charges were; the provider tells it for the bill alone."""
    whole = _preliminary_of(bill)
    weights = [max(Money(line.charged).kopecks, 0) for line in lines.values()]
    if whole is None or whole.amount <= 0 or not any(weights):
        return {}
    return dict(zip(lines, whole.allocate(weights), strict=True))
