"""What a person can pay, line by line: the provider's figures less what was paid here and is not in its books yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.queries.owed import asked_of
from kabinet.billing.queries.payable import PayableRow, get_payable
from kabinet.billing.unconfirmed import PaidHereRow
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.payments.calculations.splitting import NOTHING
from kabinet.payments.enums import EntryKind
from kabinet.payments.models import LedgerEntry
from kabinet.payments.queries.merchants import MerchantRow, Payees, get_payees

Place = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class PayableLine:
    """One line that can be paid. ``due`` is never negative and holds ``penalty``.

    ``ahead`` is the due with the preliminary charge, None where the provider tells none (PAY-32). ``receipt`` is the
    kind of the bill that the line stands in. Without a ``payee`` it cannot be paid here (PAY-02).
    """

    account_id: int
    service_id: int | None
    supplier_id: int | None
    receipt: str
    title: str
    supplier_name: str
    due: Money
    penalty: Money
    ahead: Money | None
    payee: MerchantRow | None

    @property
    def place(self) -> Place:
        return self.service_id, self.supplier_id


@dataclass(frozen=True, slots=True)
class AccountPayables:
    """An account's lines; ``due`` is their sum. ``as_of`` is the oldest of the provider's figures."""

    account: LinkedAccountRow
    lines: tuple[PayableLine, ...]
    due: Money
    ahead: Money | None
    as_of: datetime | None

    @property
    def can_be_paid(self) -> bool:
        return any(line.payee for line in self.lines)


def get_payables(
    *,
    actor: Actor,
    accounts: Sequence[LinkedAccountRow],
    at: datetime,
    payees: Payees | None = None,
    besides: Q | None = None,
) -> Mapping[int, AccountPayables]:
    """Give what can be paid on each account; four queries for any number, three with ``payees`` at hand.

    An account of which the provider has told nothing still has one line, to pay an advance on (PAY-23). ``besides``
    names entries of the ledger that count as though they were not there.
    """
    if not accounts:
        return {}
    month = max(account.local_date(at) for account in accounts).replace(day=1)
    ids = [account.id for account in accounts]
    told = get_payable(actor=actor, account_ids=ids, this_month=month)
    known = payees or get_payees(provider_ids={row.provider.id for row in accounts}, at=at)
    paid = _paid_here(ids, told, besides)
    return {
        account.id: _to_payables(account, told.get(account.id, ()), known, paid.get(account.id, ()))
        for account in accounts
    }


def _paid_here(
    account_ids: Sequence[int],
    told: Mapping[int, Sequence[PayableRow]],
    besides: Q | None,
) -> Mapping[int, Sequence[PaidHereRow]]:
    """Give what the provider's figures may not hold yet, by account: everything unconfirmed, and what is newer than
    the bills, confirmed or not.
    """
    of_bills = {
        account_id: min(row.as_of for row in rows)
        for account_id, rows in told.items()
        if rows and rows[0].from_bill
    }
    found: dict[int, list[PaidHereRow]] = defaultdict(list)
    for entry in _entries(account_ids, of_bills, besides):
        sign = 1 if entry.kind == EntryKind.PAID else -1
        row = PaidHereRow(
            service_id=entry.item.service_id,
            supplier_id=entry.item.supplier_id,
            unconfirmed=Money(entry.unconfirmed),
            whole=Money(_moved(entry) * sign),
            penalty=Money(entry.penalty * sign),
            happened_at=entry.happened_at,
            receipt=entry.item.receipt,
        )
        found[entry.account_id].append(row)
    return found


def _moved(entry: LedgerEntry) -> Decimal:
    """Once staff have closed a difference, only what the provider has booked counts."""
    return entry.amount if entry.closed_at is None else min(entry.posted, entry.amount)


def _entries(
    account_ids: Sequence[int], of_bills: Mapping[int, datetime], besides: Q | None
) -> QuerySet[LedgerEntry]:
    wanted = ~Q(unconfirmed=0)
    for account_id, made in of_bills.items():
        wanted |= Q(account=account_id, happened_at__gt=made)
    entries = LedgerEntry.objects.filter(wanted, account__in=account_ids)
    if besides is not None:
        entries = entries.exclude(besides)
    return entries.select_related("item").order_by("pk")


def _to_payables(
    account: LinkedAccountRow,
    told: Sequence[PayableRow],
    payees: Payees,
    paid: Sequence[PaidHereRow],
) -> AccountPayables:
    sums = asked_of(told, paid, clamp=account.provider.policy.clamp_negative_rows)
    lines = tuple(
        PayableLine(
            account_id=account.id,
            service_id=row.service_id,
            supplier_id=row.supplier_id,
            receipt=row.receipt,
            title=row.service_name or _bill_title(row),
            supplier_name=row.supplier_name,
            due=amount + penalty,
            penalty=penalty,
            ahead=None if row.preliminary is None else amount + penalty + row.preliminary,
            payee=payees.of(provider_id=account.provider.id, supplier_id=row.supplier_id),
        )
        for row, (amount, penalty) in zip(told, sums, strict=True)
    )
    lines = lines or (_advance_line(account, payees),)
    has_ahead = any(line.ahead is not None for line in lines)
    return AccountPayables(
        account=account,
        lines=lines,
        due=Money.total(line.due for line in lines),
        ahead=Money.total(line.due if line.ahead is None else line.ahead for line in lines)
        if has_ahead
        else None,
        as_of=min((row.as_of for row in told), default=None),
    )


def _bill_title(row: PayableRow) -> str:
    return _("Счёт «%(kind)s»") % {"kind": row.receipt}


def _advance_line(account: LinkedAccountRow, payees: Payees) -> PayableLine:
    return PayableLine(
        account_id=account.id,
        service_id=None,
        supplier_id=None,
        receipt="",
        title=_("Оплата по лицевому счёту"),
        supplier_name="",
        due=NOTHING,
        penalty=NOTHING,
        ahead=None,
        payee=payees.of(provider_id=account.provider.id, supplier_id=None),
    )
