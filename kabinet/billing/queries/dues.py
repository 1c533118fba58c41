"""What is owed now: balances where the provider sends them, else the latest bill (BIL-01, 06, 10, 15, 23)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, QuerySet, Subquery

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing import calculations, scopes
from kabinet.billing.models import Balance, Bill
from kabinet.billing.queries.explanations import DueChangeRow, due_change
from kabinet.billing.queries.owed import BillDueRow, ServiceDueRow, owed_on
from kabinet.billing.queries.rows import BillRow, money, to_bill_row
from kabinet.billing.queries.told import told_balances
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.kernel.prepared import Prepared
from kabinet.providers.enums import Feature

HOME_MONTHS = 12
HOME_BILLS = 3
OfAccount = TypeVar("OfAccount", Balance, Bill)


@dataclass(frozen=True, slots=True)
class DueRow:
    """What an account owes; ``amount`` is None when the provider has told nothing, and never zero then.

    ``from_bill``: no balances came, and the figure is that of the latest bill. ``bills`` are those of the
    latest closed month. ``as_of`` is in the provider's own time. ``paid_here`` has been taken off all figures: the
    provider's do not hold it yet (PAY-47); negative when more was given back. ``overpaid`` is money in the person's
    favour that the provider does not set off.
    """

    account_id: int
    amount: Money | None
    penalty: Money | None
    overpaid: Money
    paid_here: Money
    services: tuple[ServiceDueRow, ...]
    bills: tuple[BillRow, ...]
    from_bill: bool
    due_on: date | None
    is_overdue: bool
    as_of: datetime | None
    is_stale: bool

    @property
    def given_back(self) -> Money:
        return -self.paid_here

    @property
    def latest_bill(self) -> BillRow | None:
        return self.bills[0] if self.bills else None

    @property
    def period(self) -> Period | None:
        return self.bills[0].period if self.bills else None


@dataclass(frozen=True, slots=True)
class HomeMoneyRow:
    """The home page's money: dues of all accounts, and the open account's last bills and twelve months."""

    dues: Mapping[int, DueRow]
    total: Money | None
    bills: tuple[BillRow, ...]
    months: tuple[tuple[Period, Money | None], ...]
    change: DueChangeRow | None


def get_due(*, actor: Actor, account: LinkedAccountRow, at: datetime) -> DueRow:
    """Give what the account owes; two queries."""
    return get_dues(actor=actor, accounts=[account], at=at)[account.id]


def get_dues(
    *, actor: Actor, accounts: Sequence[LinkedAccountRow], at: datetime
) -> Mapping[int, DueRow]:
    """Give what each account owes, those closed to the reader as unknown; two queries for any number."""
    ids = tuple(account.id for account in accounts)
    bills = _LATEST_BILLS(actor, ids, _this_month(accounts, at))
    balances = {
        account_id: tuple(map(_to_service_due, rows))
        for account_id, rows in _grouped(_BALANCES(actor, ids)).items()
    }
    return _to_dues(accounts, balances, bills, at)


def get_home_money(
    *,
    actor: Actor,
    accounts: Sequence[LinkedAccountRow],
    account: LinkedAccountRow,
    at: datetime,
) -> HomeMoneyRow:
    """Give the dues of all accounts with the open one's last twelve months; one query.

    The balances came along with the accounts, so these must be the actor's own rows.
    """
    # The newest month may be the current one or the one before; the bars trim to twelve.
    since = Period.of(account.local_date(at)).plus(-HOME_MONTHS).first_day
    ids = tuple(row.id for row in accounts)
    bills = _HOME_BILLS(actor, ids, account.id, since, _this_month(accounts, at))
    balances = {row.id: told_balances(row) for row in accounts}
    dues = _to_dues(accounts, balances, _of_latest_month(bills), at)
    own = [bill for bill in bills if bill.account_id == account.id]
    return HomeMoneyRow(
        dues=dues,
        total=_total(dues.values()),
        bills=_rows(own[:HOME_BILLS], account) if account.opens(Feature.BILLS) else (),
        months=_months(own) if account.opens(Feature.CHARGES) else (),
        change=due_change(own) if account.opens(Feature.BILLS) else None,
    )


def _total(dues: Iterable[DueRow]) -> Money | None:
    """What is to be paid in all: one account's overpayment pays nothing of another's debt."""
    known = [due.amount for due in dues if due.amount is not None]
    return calculations.total_of_rows(known, clamp=True).due if known else None


def _this_month(accounts: Sequence[LinkedAccountRow], at: datetime) -> date:
    days = (account.local_date(at) for account in accounts)
    return max(days, default=at.date()).replace(day=1)


def _newest_month(this_month: date) -> Q:
    """The last closed month speaks: the total of an open one is not final yet (BIL-04).

    Nor does a month that has not begun: nothing is owed for it, and a slip of the provider's would hide the debt.
    """
    newest = Bill.objects.filter(
        account=OuterRef("account"), final=True, period__lte=this_month
    ).order_by("-period")
    return Q(period=Subquery(newest.values("period")[:1]), final=True)


def _latest_bills(actor: Actor, account_ids: tuple[int, ...], this_month: date) -> QuerySet[Bill]:
    """Bills of each account's latest billed month, newest first."""
    bills = scopes.visible_totals(actor).filter(_newest_month(this_month), account__in=account_ids)
    return bills.order_by("-period", "-total", "kind")


def _home_bills(
    actor: Actor,
    account_ids: tuple[int, ...],
    open_account_id: int,
    since: date,
    this_month: date,
) -> QuerySet[Bill]:
    """The same, and all bills of the open account since the month."""
    year = Q(account=open_account_id, period__range=(since, this_month))
    bills = scopes.visible_totals(actor).filter(
        _newest_month(this_month) | year, account__in=account_ids
    )
    return bills.order_by("-period", "-total", "kind")


def _balances(actor: Actor, account_ids: tuple[int, ...]) -> QuerySet[Balance]:
    balances = scopes.visible_balances(actor).filter(account__in=account_ids)
    return balances.select_related("service", "supplier").order_by(
        "service__name", "supplier__name", "pk"
    )


_LATEST_BILLS = Prepared(_latest_bills)
_HOME_BILLS = Prepared(_home_bills)
_BALANCES = Prepared(_balances)


def _of_latest_month(bills: Iterable[Bill]) -> list[Bill]:
    newest: dict[int, date] = {}
    closed = [bill for bill in bills if bill.final]
    return [
        bill for bill in closed if newest.setdefault(bill.account_id, bill.period) == bill.period
    ]


def _rows(bills: Iterable[Bill], account: LinkedAccountRow) -> tuple[BillRow, ...]:
    downloadable = account.opens(Feature.BILLS)
    return tuple(to_bill_row(bill, downloadable=downloadable) for bill in bills)


def _months(bills: Iterable[Bill]) -> tuple[tuple[Period, Money | None], ...]:
    charged: dict[Period, Money] = defaultdict(Money.zero)
    for bill in bills:
        whole = bill.charged + (bill.penalty_charged or 0)
        charged[Period.of(bill.period)] += Money(whole)
    return tuple(calculations.year_of_months(list(charged.items())))


def _to_dues(
    accounts: Sequence[LinkedAccountRow],
    balances: Mapping[int, tuple[ServiceDueRow, ...]],
    latest: Sequence[Bill],
    at: datetime,
) -> Mapping[int, DueRow]:
    bills = _grouped(latest)
    return {
        account.id: _to_due(account, balances.get(account.id, ()), bills.get(account.id, []), at)
        for account in accounts
    }


def _grouped(rows: Iterable[OfAccount]) -> dict[int, list[OfAccount]]:
    groups: dict[int, list[OfAccount]] = defaultdict(list)
    for row in rows:
        groups[row.account_id].append(row)
    return groups


def _to_due(
    account: LinkedAccountRow,
    balances: tuple[ServiceDueRow, ...],
    bills: Sequence[Bill],
    at: datetime,
) -> DueRow:
    policy = account.provider.policy
    rows = _rows(bills, account)
    moments = [row.as_of for row in balances] or [row.as_of for row in rows]
    owed = owed_on(account, balances, _bill_dues(rows), made_at=min(moments, default=None))
    amount = owed.due if moments else None
    due_on = _due_on(rows, policy.due_day) if amount and amount.amount > 0 else None
    zone = ZoneInfo(account.provider.timezone)
    as_of = min(moments).astimezone(zone) if moments else None
    return DueRow(
        account_id=account.id,
        amount=amount,
        penalty=owed.penalty,
        overpaid=owed.overpaid,
        paid_here=owed.paid_here,
        services=owed.services,
        bills=rows,
        from_bill=not balances and bool(rows),
        due_on=due_on,
        is_overdue=due_on is not None and account.local_date(at) > due_on,
        as_of=as_of,
        is_stale=as_of is not None
        and calculations.is_stale(as_of, at=at, max_age_hours=policy.max_data_age_hours),
    )


def _due_on(bills: Sequence[BillRow], due_day: int) -> date | None:
    return calculations.due_date(bills[0].period, due_day=due_day) if bills else None


def _bill_dues(bills: Iterable[BillRow]) -> Sequence[BillDueRow]:
    return [BillDueRow(row.kind, row.total, row.penalty_total) for row in bills]


def _to_service_due(balance: Balance) -> ServiceDueRow:
    return ServiceDueRow(
        service_id=balance.service_id,
        supplier_id=balance.supplier_id,
        service_name=balance.service.name,
        supplier_name=balance.supplier.name if balance.supplier else "",
        amount=money(balance.amount),
        penalty=money(balance.penalty),
        as_of=balance.as_of,
    )
