"""Contracts and acts of completed work (ACC-38–40)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from kabinet.accounts import scopes
from kabinet.accounts.calculations import is_in_force
from kabinet.accounts.enums import ContractState
from kabinet.accounts.models import Act, ActLine
from kabinet.accounts.queries.words import to_day
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money

ACTS_ON_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class ContractRow:
    """``state`` is None where the provider told none; without ``ends_on`` the contract is open-ended."""

    number: str
    kind: str
    company: str
    state: ContractState | None
    starts_on: date
    ends_on: date | None
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class ActLineRow:
    title: str
    amount: Money


@dataclass(frozen=True, slots=True)
class ActRow:
    """``performed_at`` is in the provider's own time; ``total`` is None for an act without lines."""

    number: str
    performed_at: datetime
    kind: str
    lines: Sequence[ActLineRow]
    total: Money | None

    @property
    def time_of_day(self) -> str:
        return f"{self.performed_at:%H:%M}"


@dataclass(frozen=True, slots=True)
class ActsPage:
    acts: Sequence[ActRow]
    has_earlier: bool


def get_contracts(*, actor: Actor, account_id: int, today: date) -> Sequence[ContractRow]:
    """Give all contracts, the latest first, each saying whether it is in force on the day; one query."""
    contracts = scopes.visible_contracts(actor).filter(account=account_id)
    values = contracts.order_by("-starts_on", "kind", "number").values_list(
        "number", "kind", "company", "state", "starts_on", "ends_on"
    )
    return to_contract_rows(values, today)


def to_contract_rows(
    values: Iterable[tuple[str, str, str, str, date | str, date | str | None]], today: date
) -> Sequence[ContractRow]:
    """Read number, kind, company, state, first and last day, as the database or its JSON gives them."""
    return [
        _to_contract_row(number, kind, company, state, (to_day(since), to_day(until)), today)
        for number, kind, company, state, since, until in values
    ]


def _to_contract_row(
    number: str,
    kind: str,
    company: str,
    state: str,
    term: tuple[date | None, date | None],
    today: date,
) -> ContractRow:
    known, (starts_on, ends_on) = ContractState(state) if state else None, term
    assert starts_on is not None  # noqa: S101 -- the column is NOT NULL
    ended = known is ContractState.TERMINATED
    return ContractRow(
        number=number,
        kind=kind,
        company=company,
        state=known,
        starts_on=starts_on,
        ends_on=ends_on,
        is_in_force=is_in_force(is_terminated=ended, ends_on=ends_on, today=today),
    )


def get_acts(*, actor: Actor, account_id: int, timezone: str, page: int = 1) -> ActsPage:
    """Give one page of acts with their lines, the latest first; two queries."""
    lines = ActLine.objects.order_by("line")
    acts = scopes.visible_acts(actor).filter(account=account_id)
    first = (max(page, 1) - 1) * ACTS_ON_A_PAGE
    found = list(
        acts.order_by("-performed_at", "-pk").prefetch_related(Prefetch("lines", queryset=lines))[
            first : first + ACTS_ON_A_PAGE + 1
        ]
    )
    zone = ZoneInfo(timezone)
    return ActsPage(
        acts=[_to_act_row(act, zone) for act in found[:ACTS_ON_A_PAGE]],
        has_earlier=len(found) > ACTS_ON_A_PAGE,
    )


def _to_act_row(act: Act, zone: ZoneInfo) -> ActRow:
    lines = [ActLineRow(line.title, Money(line.amount)) for line in act.lines.all()]
    return ActRow(
        number=act.number,
        performed_at=act.performed_at.astimezone(zone),
        kind=act.kind,
        lines=lines,
        total=Money.total(line.amount for line in lines) if lines else None,
    )
