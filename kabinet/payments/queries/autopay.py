"""Autopays as their people see them (PAY-16–18, 28), and what of them comes along with every account."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, auto
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, TextField
from django.db.models.functions import Cast

from kabinet.accounts import riders
from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.payments import scopes
from kabinet.payments.calculations.autopay_days import next_turn
from kabinet.payments.enums import AutopayNote, AutopayRunState, AutopayState, Cause
from kabinet.payments.models import Autopay, AutopayRun, Merchant
from kabinet.payments.queries.cards import SavedCardRow, to_card_row
from kabinet.providers.enums import Feature

AUTOPAY = "autopay"
RECURRING = "recurring"
SHOWN_RUNS = 6


class AutopayWay(Enum):
    """What an account has to do with autopay: whether it is offered, and whose is in force."""

    OFF = auto()
    NO_BANK = auto()
    OFFERED = auto()
    OWN = auto()
    ANOTHERS = auto()


@dataclass(frozen=True, slots=True)
class RunRow:
    """One month: planned, under way, or how it ended."""

    period: date
    state: AutopayRunState
    amount: Money | None
    due_at: datetime
    is_told: bool
    tries: int
    note: AutopayNote | None
    cause: Cause | None
    checkout_id: uuid.UUID | None
    is_to_come: bool


@dataclass(frozen=True, slots=True)
class AutopayRow:
    """A person's own autopay of an account; ``next_at`` is when the next payment is due, None while none can be."""

    state: AutopayState
    limit: Money
    day: int
    email: str
    pays_up_to_limit: bool
    failures: int
    card: SavedCardRow | None
    binding_id: uuid.UUID | None
    connected_at: datetime | None
    runs: tuple[RunRow, ...]
    next_period: date | None
    next_at: datetime | None

    @property
    def skipped(self) -> RunRow | None:
        """A month to come that the person has left out, as long as that can be taken back."""
        skipped = [run for run in self.runs if run.note is AutopayNote.BY_PERSON and not run.tries]
        newest = next(iter(skipped), None)
        return (
            newest
            if newest and newest.period == self.runs[0].period and newest.is_to_come
            else None
        )

    @property
    def under_way(self) -> RunRow | None:
        return next((run for run in self.runs if run.state is AutopayRunState.STARTED), None)

    @property
    def planned(self) -> RunRow | None:
        return next((run for run in self.runs if run.state is AutopayRunState.PLANNED), None)


def register() -> None:
    """Called once, when the app is ready."""
    # Its person learns of it even where paying is closed now, or nobody could end it.
    riders.LINKED.register(AUTOPAY, _in_force, opens=None)
    riders.LINKED.register(RECURRING, _recurring, opens=Feature.PAY)


@dataclass(frozen=True, slots=True)
class AutopayMark:
    """What comes along with an account: the way to an autopay, and the person's own where there is one."""

    way: AutopayWay
    state: AutopayState | None = None
    day: int | None = None
    limit: Money | None = None


def get_autopay_mark(account: LinkedAccountRow) -> AutopayMark:
    """Say whether an autopay is offered or in force, and what it does; no query: it came with the row."""
    found = json.loads(account.told.get(AUTOPAY, "[]"), parse_float=Decimal)
    if found:
        (is_own, state, day, limit), *_none = found
        if not is_own:
            return AutopayMark(AutopayWay.ANOTHERS)
        return AutopayMark(AutopayWay.OWN, AutopayState(state), day, Money(Decimal(limit)))
    if not account.opens(Feature.PAY) or not account.provider.policy.autopay_enabled:
        return AutopayMark(AutopayWay.OFF)
    offered = account.told.get(RECURRING) == "true"
    return AutopayMark(AutopayWay.OFFERED if offered else AutopayWay.NO_BANK)


def get_autopay(*, actor: Actor, account: LinkedAccountRow, at: datetime) -> AutopayRow | None:
    """Give the person's own autopay of the account with its last months; two queries, one where there is none."""
    autopay = (
        scopes.own_autopays(actor)
        .filter(account=account.id)
        .exclude(state=AutopayState.OFF)
        .select_related("card__merchant__provider__policy", "binding_checkout")
        .first()
    )
    if autopay is None:
        return None
    runs = AutopayRun.objects.filter(account=account.id).select_related("checkout")
    newest = list(runs.order_by("-period")[:SHOWN_RUNS])
    own = [run for run in newest if run.autopay_id == autopay.pk]
    next_period, next_at = _next(autopay, newest, account, at)
    binding = autopay.binding_checkout
    return AutopayRow(
        state=AutopayState(autopay.state),
        limit=Money(autopay.limit),
        day=autopay.day,
        email=autopay.email,
        pays_up_to_limit=autopay.pays_up_to_limit,
        failures=autopay.failures,
        card=to_card_row(autopay.card) if autopay.card else None,
        binding_id=binding.public_id if binding else None,
        connected_at=autopay.connected_at,
        runs=tuple(_to_run(run, at) for run in own),
        next_period=next_period,
        next_at=next_at,
    )


def _next(
    autopay: Autopay, runs: Sequence[AutopayRun], account: LinkedAccountRow, at: datetime
) -> tuple[date | None, datetime | None]:
    """The run that waits, or the month that will be planned next."""
    since = autopay.counted_from or autopay.connected_at
    if autopay.state != AutopayState.ON or since is None:
        return None, None
    planned = [run for run in runs if run.state == AutopayRunState.PLANNED]
    if planned:
        return planned[0].period, planned[0].due_at
    turn = next_turn(
        day=autopay.day,
        since=since,
        taken=[run.period for run in runs],
        at=at,
        zone=ZoneInfo(account.provider.timezone),
    )
    return turn.period, turn.due_at


def _to_run(run: AutopayRun, at: datetime) -> RunRow:
    return RunRow(
        period=run.period,
        state=AutopayRunState(run.state),
        amount=None if run.amount is None else Money(run.amount),
        due_at=run.due_at,
        is_told=run.notified_at is not None,
        tries=run.tries,
        note=AutopayNote(run.told) if run.told else None,
        cause=Cause(run.cause) if run.cause else None,
        checkout_id=run.checkout.public_id if run.checkout else None,
        is_to_come=run.due_at > at,
    )


def _in_force() -> Cast:
    """Whether it is this person's own, and what it does; at most one per account."""
    in_force = (
        Autopay.objects.filter(account=OuterRef("account"))
        .exclude(state=AutopayState.OFF)
        .annotate(
            is_own=Exists(
                Autopay.objects.filter(pk=OuterRef("pk"), user=OuterRef(OuterRef("user")))
            )
        )
    )
    return riders.rows_as_text(in_force, "is_own", "state", "day", "limit")


def _recurring() -> Cast:
    """The bank of the provider's payee for all lets money be taken without the person."""
    merchants = Merchant.objects.filter(
        provider=OuterRef("account__provider"),
        is_active=True,
        is_default=True,
        supports_recurring=True,
    )
    return Cast(Exists(merchants), TextField())
