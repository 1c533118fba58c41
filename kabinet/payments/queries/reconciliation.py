"""What the daily comparison of the books has found, for a provider's staff (PAY-46, OPX-19)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.db.models import Count, Q, QuerySet

from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.payments import scopes
from kabinet.payments.enums import DiscrepancyKind
from kabinet.payments.gateways.registry import gateway, is_known
from kabinet.payments.models import Discrepancy, Reconciliation

PAGE_ROWS = 50
OPEN = Q(gone_at=None, closed_at=None)


class Standing(StrEnum):
    """How far people have come with a difference; one that is gone needs nobody."""

    OPEN = "open"
    CLOSED = "closed"
    GONE = "gone"

    @property
    def condition(self) -> Q:
        return {
            Standing.OPEN: OPEN,
            Standing.CLOSED: Q(closed_at__isnull=False),
            Standing.GONE: Q(closed_at=None, gone_at__isnull=False),
        }[self]


@dataclass(frozen=True, slots=True)
class DayRow:
    """A merchant's day; ``open`` counts the differences nobody has closed, by kind.

    ``at_bank`` and ``here`` are numbers of payments and refunds, the sums takings less what was given back. With a
    ``failure`` the figures are those of the comparison before, if there was one (``finished_at``). ``is_listed`` is
    false where the bank tells of our own payments only.
    """

    id: int
    merchant_id: int
    provider_name: str
    payee_name: str
    timezone: str
    day: date
    at_bank: int
    here: int
    matched: int
    bank_sum: Money
    own_sum: Money
    failure: str
    finished_at: datetime | None
    is_listed: bool
    open: Mapping[DiscrepancyKind, int]


@dataclass(frozen=True, slots=True)
class DiscrepancyRow:
    """A difference with what each of the books says; None: the book says nothing of it."""

    id: int
    provider_id: int
    provider_name: str
    payee_name: str
    timezone: str
    kind: DiscrepancyKind
    standing: Standing
    day: date
    acquirer_id: str
    account_number: str
    bank_amount: Money | None
    own_amount: Money | None
    posted_amount: Money | None
    found_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class DiscrepancySearch:
    """``first`` and ``last`` are days at the provider, both included."""

    standing: Standing | None = Standing.OPEN
    kind: DiscrepancyKind | None = None
    merchant_id: int | None = None
    first: date | None = None
    last: date | None = None


def get_days(*, actor: Actor, page: int = 1) -> tuple[Sequence[DayRow], bool]:
    """Give a page of compared days, newest first, and whether older ones follow; two queries."""
    start = (max(page, 1) - 1) * PAGE_ROWS
    runs = scopes.served_reconciliations(actor).select_related("merchant__provider")
    found = list(runs.order_by("-day", "merchant__payee_name", "pk")[start : start + PAGE_ROWS + 1])
    shown = found[:PAGE_ROWS]
    counts = _open_by_day(actor, shown)
    rows = [_to_day(run, counts[run.merchant_id, run.day]) for run in shown]
    return rows, len(found) > PAGE_ROWS


def count_open_discrepancies(*, actor: Actor) -> int:
    """Give how many differences wait for people; one query."""
    return scopes.served_discrepancies(actor).filter(OPEN).count()


def get_discrepancies(
    *, actor: Actor, search: DiscrepancySearch, first: int = 0, most: int = PAGE_ROWS
) -> Sequence[DiscrepancyRow]:
    """Give the differences that fit, newest days first; one query."""
    found = scopes.served_discrepancies(actor).filter(_fits(search))
    ordered = with_names(found).order_by("-day", "kind", "pk")
    return [to_discrepancy_row(row) for row in ordered[first : first + most]]


def with_names(found: QuerySet[Discrepancy]) -> QuerySet[Discrepancy]:
    """What ``to_discrepancy_row`` needs."""
    return found.select_related("merchant__provider", "account__provider")


def to_discrepancy_row(row: Discrepancy) -> DiscrepancyRow:
    # Each has a contract or an account; a number that is nobody's has the account it came for.
    company = row.merchant.provider if row.merchant else row.account and row.account.provider
    return DiscrepancyRow(
        id=row.pk,
        provider_id=row.provider_id,
        provider_name=company.name if company else "",
        payee_name=row.merchant.payee_name if row.merchant else "",
        timezone=company.timezone if company else "UTC",
        kind=DiscrepancyKind(row.kind),
        standing=_standing(row),
        day=row.day,
        acquirer_id=row.acquirer_id,
        account_number=row.account.number if row.account else "",
        bank_amount=_money(row.bank_amount),
        own_amount=_money(row.own_amount),
        posted_amount=_money(row.posted_amount),
        found_at=row.found_at,
        note=row.note,
    )


def _standing(row: Discrepancy) -> Standing:
    if row.closed_at is not None:
        return Standing.CLOSED
    return Standing.OPEN if row.gone_at is None else Standing.GONE


def _fits(search: DiscrepancySearch) -> Q:
    fits = search.standing.condition if search.standing else Q()
    if search.kind:
        fits &= Q(kind=search.kind)
    if search.merchant_id:
        fits &= Q(merchant=search.merchant_id)
    if search.first:
        fits &= Q(day__gte=search.first)
    if search.last:
        fits &= Q(day__lte=search.last)
    return fits


def _open_by_day(
    actor: Actor, runs: Sequence[Reconciliation]
) -> Mapping[tuple[int, date], Mapping[DiscrepancyKind, int]]:
    counts: dict[tuple[int, date], dict[DiscrepancyKind, int]] = defaultdict(dict)
    if not runs:
        return counts
    days = [run.day for run in runs]
    found = (
        scopes.served_discrepancies(actor)
        .filter(OPEN, day__range=(min(days), max(days)), merchant__isnull=False)
        .values("merchant", "day", "kind")
        .annotate(number=Count("pk"))
        .order_by("merchant", "day", "kind")
    )
    for row in found:
        counts[row["merchant"], row["day"]][DiscrepancyKind(row["kind"])] = row["number"]
    return counts


def _to_day(run: Reconciliation, open_ones: Mapping[DiscrepancyKind, int]) -> DayRow:
    merchant = run.merchant
    return DayRow(
        id=run.pk,
        merchant_id=merchant.pk,
        provider_name=merchant.provider.name,
        payee_name=merchant.payee_name,
        timezone=merchant.provider.timezone,
        day=run.day,
        at_bank=run.at_bank,
        here=run.here,
        matched=run.matched,
        bank_sum=Money(run.bank_sum),
        own_sum=Money(run.own_sum),
        failure=run.failure,
        finished_at=run.finished_at,
        is_listed=is_known(merchant.gateway) and gateway(merchant.gateway).abilities.listing,
        open=open_ones,
    )


def _money(amount: Decimal | None) -> Money | None:
    return None if amount is None else Money(amount)
