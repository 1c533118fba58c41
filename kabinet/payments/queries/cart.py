"""The person's cart as it stands now: what the provider asks for today, not when a line was put in (PAY-30–34)."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.payments.calculations.splitting import PartKey, below_minimum, is_above
from kabinet.payments.queries.cart_rows import (
    BoundRow,
    CartAccountRow,
    CartLineRow,
    CartPayeeRow,
    CartRow,
    LineState,
    ReceiptRow,
)
from kabinet.payments.queries.means import BesideRow, get_beside
from kabinet.payments.queries.merchants import get_payees
from kabinet.payments.queries.payables import AccountPayables, PayableLine, get_payables
from kabinet.providers.enums import Feature

COLUMNS = (
    "public_id",
    "account_id",
    "service_id",
    "supplier_id",
    "receipt",
    "amount",
    "penalty",
    "told",
    "told_penalty",
    "is_edited",
    "is_ahead",
    "service__name",
    "supplier__name",
)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A line as it lies in the table."""

    public_id: str
    account_id: int
    service_id: int | None
    supplier_id: int | None
    receipt: str
    amount: Decimal
    penalty: Decimal
    told: Decimal
    told_penalty: Decimal
    is_edited: bool
    is_ahead: bool
    service_name: str | None
    supplier_name: str | None


def get_cart(*, actor: Actor, accounts: Sequence[LinkedAccountRow], at: datetime) -> CartRow:
    """Give the cart by account and payee, each line at the sum that is due now unless the person typed another.

    Reading changes nothing: what the provider has changed is told until the cart is saved. Five queries for any
    number of lines; ``accounts`` are the person's own.
    """
    beside = get_beside(actor=actor, accounts=accounts, cart_columns=COLUMNS)
    kept = [_Kept(*row) for row in beside.cart]
    by_id = {account.id: account for account in accounts}
    named = {line.account_id for line in kept if line.account_id in by_id}
    there = [account for account in accounts if account.id in named]
    payables = _payables(actor, there, at)
    lines: dict[int, list[CartLineRow]] = defaultdict(list)
    for line in kept:
        if line.account_id in by_id:
            row = _to_line(line, by_id[line.account_id], payables.get(line.account_id))
            lines[line.account_id].append(row)
    return _to_cart(
        [(account, lines[account.id]) for account in there],
        strays=sum(1 for line in kept if line.account_id not in by_id),
        payables=payables,
        beside=beside,
    )


def _payables(
    actor: Actor, accounts: Sequence[LinkedAccountRow], at: datetime
) -> Mapping[int, AccountPayables]:
    """What can be paid now; accounts whose payment is closed are left out."""
    open_ones = [account for account in accounts if account.opens(Feature.PAY)]
    if not open_ones:
        return {}
    payees = get_payees(provider_ids={account.provider.id for account in open_ones}, at=at)
    return get_payables(actor=actor, accounts=open_ones, at=at, payees=payees)


def line_for(
    payables: AccountPayables, place: tuple[int | None, int | None], receipt: str
) -> PayableLine | None:
    """Find the provider's line: of the same receipt, else the only one of the service and supplier.

    A provider may name next month's receipt otherwise; the line is the same.
    """
    same = [line for line in payables.lines if line.place == place]
    exact = [line for line in same if line.receipt == receipt]
    if exact:
        return exact[0]
    return same[0] if len(same) == 1 else None


def asked_for(line: PayableLine, *, is_ahead: bool) -> Money:
    return line.ahead if is_ahead and line.ahead is not None else line.due


def _to_line(
    kept: _Kept, account: LinkedAccountRow, payables: AccountPayables | None
) -> CartLineRow:
    told, told_penalty = Money(Decimal(kept.told)), Money(Decimal(kept.told_penalty))
    place = kept.service_id, kept.supplier_id
    line = line_for(payables, place, kept.receipt) if payables else None
    due = asked_for(line, is_ahead=kept.is_ahead) if line else told
    penalty = line.penalty if line else told_penalty
    typed = kept.is_edited or line is None
    amount = Money(Decimal(kept.amount)) if typed else due
    return CartLineRow(
        public_id=uuid.UUID(kept.public_id),
        account_id=account.id,
        service_id=kept.service_id,
        supplier_id=kept.supplier_id,
        receipt=line.receipt if line else kept.receipt,
        title=line.title if line else kept.service_name or kept.receipt,
        supplier_name=line.supplier_name if line else kept.supplier_name or "",
        amount=amount,
        penalty=Money(Decimal(kept.penalty)) if typed else penalty,
        due=due,
        due_penalty=penalty,
        ahead=line.ahead if line else None,
        was=told if line and (told, told_penalty) != (due, penalty) else None,
        is_edited=kept.is_edited,
        is_ahead=kept.is_ahead,
        payee=line.payee if line else None,
        state=_state(line, amount, is_open=payables is not None),
    )


def _state(line: PayableLine | None, amount: Money, *, is_open: bool) -> LineState:
    if not is_open:
        return LineState.CLOSED
    if line is None:
        return LineState.GONE
    if line.payee is None:
        return LineState.NO_PAYEE
    return LineState.READY if amount else LineState.SETTLED


def _to_cart(
    lines: Sequence[tuple[LinkedAccountRow, Sequence[CartLineRow]]],
    *,
    strays: int,
    payables: Mapping[int, AccountPayables],
    beside: BesideRow,
) -> CartRow:
    marked = [(account, _with_bounds(account, rows)) for account, rows in lines]
    ready = [line for _account, rows in marked for line in rows if line.is_ready]
    sums: dict[PartKey, Money] = defaultdict(Money.zero)
    for line in ready:
        if line.payee:
            sums[line.payee.part_key(line.account_id)] += line.amount
    return CartRow(
        accounts=tuple(
            _to_account(account, rows, payables.get(account.id)) for account, rows in marked
        ),
        strays=strays,
        total=Money.total(line.amount for line in ready),
        sums=dict(sums),
        too_large=tuple(_too_large(marked)),
        version=_version(strays, marked),
        beside=beside,
    )


def _with_bounds(account: LinkedAccountRow, rows: Sequence[CartLineRow]) -> Sequence[CartLineRow]:
    """Mark the lines of payees that would get less than their provider takes (PAY-03, 21, 27)."""
    minimum = Money(account.provider.policy.pay_min)
    small = below_minimum([row.as_pay_line() for row in rows if row.is_ready], minimum)
    return [
        replace(row, is_too_small=True)
        if row.is_ready and (row.account_id, row.supplier_id) in small
        else row
        for row in rows
    ]


def _to_account(
    account: LinkedAccountRow, rows: Sequence[CartLineRow], payables: AccountPayables | None
) -> CartAccountRow:
    groups: dict[int | None, list[CartLineRow]] = defaultdict(list)
    for row in rows:
        groups[row.payee.id if row.payee else None].append(row)
    return CartAccountRow(
        account=account,
        payees=tuple(
            CartPayeeRow(group[0].payee, tuple(group), _paid(group)) for group in groups.values()
        ),
        receipts=tuple(_receipts(rows, payables)) if payables else (),
        amount=_paid(rows),
    )


def _paid(rows: Iterable[CartLineRow]) -> Money:
    return Money.total(row.amount for row in rows if row.is_ready)


def _receipts(rows: Sequence[CartLineRow], payables: AccountPayables) -> Iterable[ReceiptRow]:
    for kind in dict.fromkeys(row.receipt for row in rows if row.is_ready and row.receipt):
        lines = [line for line in payables.lines if line.receipt == kind]
        has_ahead = any(line.ahead is not None for line in lines)
        yield ReceiptRow(
            kind=kind,
            is_ahead=any(row.is_ahead for row in rows if row.receipt == kind),
            due=Money.total(line.due for line in lines),
            ahead=Money.total(asked_for(line, is_ahead=True) for line in lines)
            if has_ahead
            else None,
        )


def _too_large(
    lines: Sequence[tuple[LinkedAccountRow, Sequence[CartLineRow]]],
) -> Iterable[BoundRow]:
    sums: dict[int, Money] = defaultdict(Money.zero)
    providers = {account.provider.id: account.provider for account, _rows in lines}
    for account, rows in lines:
        sums[account.provider.id] += _paid(rows)
    for provider_id, amount in sums.items():
        provider = providers[provider_id]
        maximum = Money(provider.policy.pay_max)
        if is_above(amount, maximum):
            yield BoundRow(provider.name, maximum, amount)


def _version(strays: int, lines: Iterable[tuple[LinkedAccountRow, Sequence[CartLineRow]]]) -> str:
    """Everything that a page tells but the sums in its boxes, which come back with the form: lines and commissions."""
    told = [
        [
            str(line.public_id),
            str(line.due.amount),
            str(line.due_penalty.amount),
            line.is_ahead,
            line.state,
            line.payee.id if line.payee else 0,
            str(account.provider.policy.commission_card),
            str(account.provider.policy.commission_sbp),
        ]
        for account, rows in lines
        for line in rows
    ]
    text = json.dumps([strays, sorted(told)])
    return hashlib.sha256(text.encode()).hexdigest()[:20]
