"""What a person can pay, line by line: the provider's figures less what was paid here and is not in its books yet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.queries.payable import PayableRow, get_payable
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.payments.calculations.splitting import NOTHING, spread
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


@dataclass(frozen=True, slots=True)
class _Unconfirmed:
    """Paid here and not in the provider's books: ``whole`` holds ``penalty``; negative for refunds."""

    whole: Money
    penalty: Money

    @property
    def service(self) -> Money:
        return self.whole - self.penalty

    def __sub__(self, other: _Unconfirmed) -> _Unconfirmed:
        return _Unconfirmed(self.whole - other.whole, self.penalty - other.penalty)


def get_payables(
    *,
    actor: Actor,
    accounts: Sequence[LinkedAccountRow],
    at: datetime,
    payees: Payees | None = None,
) -> Mapping[int, AccountPayables]:
    """Give what can be paid on each account; four queries for any number, three with ``payees`` at hand.

    An account of which the provider has told nothing still has one line, to pay an advance on (PAY-23).
    """
    if not accounts:
        return {}
    month = max(account.local_date(at) for account in accounts).replace(day=1)
    ids = [account.id for account in accounts]
    told = get_payable(actor=actor, account_ids=ids, this_month=month)
    known = payees or get_payees(provider_ids={row.provider.id for row in accounts}, at=at)
    paid = _unconfirmed(ids, told)
    return {
        account.id: _to_payables(account, told.get(account.id, ()), known, paid[account.id])
        for account in accounts
    }


def _unconfirmed(
    account_ids: Sequence[int], told: Mapping[int, Sequence[PayableRow]]
) -> Mapping[int, Mapping[Place, _Unconfirmed]]:
    """Sum what the provider's figures do not hold yet, by account and line.

    A bill cannot hold what was paid after it was made up, confirmed or not; a balance can.
    """
    of_bills = {
        account_id: min(row.as_of for row in rows)
        for account_id, rows in told.items()
        if rows and rows[0].from_bill
    }
    sums: dict[int, dict[Place, _Unconfirmed]] = defaultdict(dict)
    for entry in _entries(account_ids, of_bills):
        sign = 1 if entry.kind == EntryKind.PAID else -1
        made = of_bills.get(entry.account_id)
        is_newer = made is not None and entry.happened_at > made
        whole = Money(_moved(entry) * sign) if is_newer else Money(entry.unconfirmed)
        penalty = Money(min(entry.penalty, abs(whole.amount)) * sign)
        place = entry.item.service_id, entry.item.supplier_id
        before = sums[entry.account_id].get(place, _Unconfirmed(NOTHING, NOTHING))
        sums[entry.account_id][place] = _Unconfirmed(before.whole + whole, before.penalty + penalty)
    return defaultdict(dict, sums)


def _moved(entry: LedgerEntry) -> Decimal:
    """Once staff have closed a difference, only what the provider has booked counts."""
    return entry.amount if entry.closed_at is None else min(entry.posted, entry.amount)


def _entries(account_ids: Sequence[int], of_bills: Mapping[int, datetime]) -> QuerySet[LedgerEntry]:
    wanted = ~Q(unconfirmed=0)
    for account_id, made in of_bills.items():
        wanted |= Q(account=account_id, happened_at__gt=made)
    entries = LedgerEntry.objects.filter(wanted, account__in=account_ids)
    return entries.select_related("item").order_by("pk")


def _to_payables(
    account: LinkedAccountRow,
    told: Sequence[PayableRow],
    payees: Payees,
    paid: Mapping[Place, _Unconfirmed],
) -> AccountPayables:
    sums = _asked(told, paid, clamp=account.provider.policy.clamp_negative_rows)
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


def _asked(
    told: Sequence[PayableRow], paid: Mapping[Place, _Unconfirmed], *, clamp: bool
) -> list[tuple[Money, Money]]:
    """Give, line by line, the sum for the service and the penalty that are still to be paid; never negative.

    What was paid on a line that the provider no longer tells lessens the others.
    """
    left = dict(paid)
    rows: list[Money] = []
    for row, known in _by_row(told, left):
        rows += [row.amount - known.service, row.penalty - known.penalty]
    elsewhere = Money.total(-known.whole for known in left.values())
    if clamp:
        rows = [max(row, NOTHING) for row in rows]
    if elsewhere.amount > 0 and rows:
        rows[0] += elsewhere
    asked = spread([*rows, elsewhere])[:-1] if elsewhere.amount < 0 else spread(rows)
    return list(zip(asked[::2], asked[1::2], strict=True))


def _by_row(
    told: Sequence[PayableRow], left: dict[Place, _Unconfirmed]
) -> Iterator[tuple[PayableRow, _Unconfirmed]]:
    """Give each row what was paid on its place, and take that out of ``left``.

    Two bills may ask for the same service, or tell no services at all: each takes no more than it asks for, so that
    what was paid on one is not lost there while the other is asked for again. The last takes the rest.
    """
    ahead = Counter(_place(row) for row in told)
    for row in told:
        place = _place(row)
        ahead[place] -= 1
        known = left.pop(place, _Unconfirmed(NOTHING, NOTHING))
        taken = _up_to(row, known) if ahead[place] else known
        if ahead[place]:
            left[place] = known - taken
        yield row, taken


def _place(row: PayableRow) -> Place:
    return row.service_id, row.supplier_id


def _up_to(row: PayableRow, known: _Unconfirmed) -> _Unconfirmed:
    service = max(min(known.service, row.amount), NOTHING)
    penalty = max(min(known.penalty, row.penalty), NOTHING)
    return _Unconfirmed(service + penalty, penalty)


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
