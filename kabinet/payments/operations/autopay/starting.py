"""Making the payments whose time has come: each account and month once, whatever crashes, restarts or doubles.

A run is claimed, its checkout and attempt are written and the claim is released by one commit. Before it nothing has
happened; after it the attempt stands with its key, and if the worker dies before the bank has heard of it, the core's
poller sends it. So no step between two lines can lose a payment or make a second one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from kabinet.accounts.models import Account
from kabinet.kernel import audit
from kabinet.kernel.actors import SYSTEM
from kabinet.kernel.money import Money
from kabinet.payments.calculations.autopay_days import NOTICE, after_notice, open_moment
from kabinet.payments.calculations.splitting import commission_of
from kabinet.payments.enums import (
    UNDER_WAY,
    AutopayNote,
    AutopayRunState,
    AutopayState,
    Origin,
    PartState,
)
from kabinet.payments.messages import autopay as letters
from kabinet.payments.models import (
    Attempt,
    Autopay,
    AutopayRun,
    Checkout,
    CheckoutItem,
    CheckoutPart,
)
from kabinet.payments.operations.autopay import sending
from kabinet.payments.operations.autopay.dues import Due, get_dues
from kabinet.payments.operations.autopay.planning import give_notice, may_pay_limit
from kabinet.payments.operations.items import to_items
from kabinet.providers.enums import PayMethod

AT_ONCE = 200
SENDERS = 4
# While the account is being paid by hand, or its bank is silent.
POSTPONED = timedelta(minutes=15)
# Whoever knows the number of an account can begin to pay it again and again: that holds its autopay back so long.
HELD_FOR = timedelta(hours=1)
# Between the press that opens a checkout and its attempt lies less.
A_MOMENT = timedelta(minutes=2)
# The poller leaves the attempts to this worker for so long.
OWN_TIME = timedelta(minutes=3)
BOOKED_TOGETHER = 5_000
_KEYS = uuid.UUID("4f5f4d1e-6f0a-4c65-9d0c-3f7d2f6f8a51")


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one claim has come to: how many runs were taken up, and the attempts that the bank must hear of."""

    runs: int
    attempts: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Start:
    run: AutopayRun
    due: Due


@dataclass(frozen=True, slots=True)
class _Busy:
    """``payers`` are pairs of an account and who pays it now, None for whoever has not signed in."""

    pressed: frozenset[int]
    payers: frozenset[tuple[int, int | None]]

    def of(self, account_id: int, user_id: int | None) -> tuple[bool, bool]:
        """Whether the account is being paid by this person, and whether by anybody else."""
        paying = {payer for account, payer in self.payers if account == account_id}
        return user_id in paying, bool(paying - {user_id})


def start_due_runs(*, at: datetime, at_once: int = AT_ONCE, senders: int = 1) -> int:
    """Start the runs whose time has come; gives how many payments banks have been asked for.

    Workers side by side take different runs. First all is asked for, then the answers are booked: what a worker that
    dies between has not booked the poller asks again, with the same key.
    """
    sent = 0
    waiting: list[sending.Asked] = []
    while True:
        claimed = claim_due_runs(at=at, at_once=at_once)
        waiting += sending.ask_all(claimed.attempts, at=at, senders=senders)
        if not claimed.runs or len(waiting) >= BOOKED_TOGETHER:
            sending.book_all(waiting, at=at)
            sent, waiting = sent + len(waiting), []
        if not claimed.runs:
            return sent


@transaction.atomic
def claim_due_runs(*, at: datetime, at_once: int = AT_ONCE) -> Claimed:
    """Take up runs that nobody else holds and write down all that the bank will be asked; nothing is sent."""
    runs = list(
        AutopayRun.objects.filter(state=AutopayRunState.PLANNED, due_at__lte=at)
        .select_related("autopay__card", "autopay__account__provider")
        .order_by("due_at", "pk")
        .select_for_update(of=("self", "autopay"), no_key=True, skip_locked=True)[:at_once]
    )
    if not runs:
        return Claimed(0, ())
    dues = get_dues([run.autopay for run in runs], at=at)
    busy = _payers_at_work(runs, at=at)
    starts = [
        _Start(run, dues[run.autopay_id])
        for run in runs
        if _is_to_be_paid(run, dues.get(run.autopay_id), is_busy=_waits(run, busy, at=at), at=at)
    ]
    begun = _write(starts, at=at)
    _save(runs)
    return Claimed(len(runs), begun)


def _payers_at_work(runs: Sequence[AutopayRun], *, at: datetime) -> _Busy:
    """Give who is paying the runs' accounts at this moment; locked accounts are in the hands of a press just now.

    Locked as ``open_checkout`` locks them, so that a payment by hand and this one see each other; a checkout that was
    opened a moment ago may be about to get its attempt.
    """
    wanted = {run.account_id for run in runs}
    free = set(
        Account.objects.filter(pk__in=wanted)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .values_list("pk", flat=True)
    )
    just_pressed = Q(
        part__state=PartState.OPEN,
        part__attempts=None,
        part__checkout__created_at__gt=at - A_MOMENT,
    )
    paid_now = CheckoutItem.objects.filter(
        Q(part__attempts__state__in=UNDER_WAY) | just_pressed, account__in=wanted
    )
    payers = paid_now.values_list("account", "part__checkout__user").distinct()
    return _Busy(pressed=frozenset(wanted - free), payers=frozenset(payers))


def _waits(run: AutopayRun, busy: _Busy, *, at: datetime) -> bool:
    """Whether a payment by hand goes first: the person's own always, all others' for ``HELD_FOR`` in all.

    Who pays without signing in is a stranger even when it is the person: nobody else may hold an autopay back for long.
    """
    own, others = busy.of(run.account_id, run.autopay.user_id)
    if others and run.held_since is None:
        run.held_since = at
    is_held = others and run.held_since is not None and at < run.held_since + HELD_FOR
    return run.account_id in busy.pressed or own or is_held


def _is_to_be_paid(run: AutopayRun, due: Due | None, *, is_busy: bool, at: datetime) -> bool:
    """Decide what becomes of a run now; all but those to be paid are moved or finished here."""
    autopay, zone = run.autopay, ZoneInfo(run.autopay.account.provider.timezone)
    if autopay.state != AutopayState.ON:
        _skip(run, AutopayNote.SWITCHED_OFF, at=at)
    elif due is None:
        _skip(run, AutopayNote.CLOSED, at=at)
    elif open_moment(at, zone) != at:
        run.due_at = open_moment(at, zone)
    elif is_busy or (due.note is None and due.is_down):
        run.due_at = open_moment(at + POSTPONED, zone)
    elif due.note is not None:
        _skip_and_tell(run, autopay, due, at=at)
    elif run.notified_at is None or at < run.notified_at + NOTICE:
        _tell_first(run, autopay, due, at=at)
    else:
        return True
    return False


def _tell_first(run: AutopayRun, autopay: Autopay, due: Due, *, at: datetime) -> None:
    """Something became due after the planning: never taken without a day's notice."""
    if run.notified_at is not None:
        run.due_at = after_notice(run.notified_at, due.zone)
        return
    run.due_at = after_notice(at, due.zone)
    give_notice(run, autopay, due, at=at)


def _skip_and_tell(run: AutopayRun, autopay: Autopay, due: Due, *, at: datetime) -> None:
    assert due.note is not None  # noqa: S101 -- the caller has looked
    is_told = run.told == AutopayNote.OVER_LIMIT
    _skip(run, due.note, at=at)
    if due.note is AutopayNote.OVER_LIMIT and not is_told:
        letters.tell_over_limit(
            autopay,
            amount=due.amount,
            skipped_at=None,
            may_pay_limit=may_pay_limit(due),
            at=at,
        )


def _skip(run: AutopayRun, note: AutopayNote, *, at: datetime) -> None:
    run.state, run.told, run.finished_at = AutopayRunState.SKIPPED, note, at


def key_of(run: AutopayRun) -> uuid.UUID:
    """The same run and try always has the same key: its checkout can't be written twice."""
    return uuid.uuid5(_KEYS, f"{run.pk}:{run.tries}")


def _write(starts: Sequence[_Start], *, at: datetime) -> Sequence[int]:
    """Write checkouts, parts, items and attempts of all runs with one statement each."""
    for start in starts:
        start.run.state, start.run.told = AutopayRunState.STARTED, ""
        start.run.tries, start.run.held_since = start.run.tries + 1, None
        start.run.amount = start.due.taken.amount
    checkouts = Checkout.objects.bulk_create(_checkout(start, at) for start in starts)
    for start, checkout in zip(starts, checkouts, strict=True):
        start.run.checkout = checkout
    parts = CheckoutPart.objects.bulk_create(
        CheckoutPart(
            checkout=checkout,
            number=1,
            merchant_id=checkout.saved_card.merchant_id,  # type: ignore[union-attr]  # an autopay has a card
            amount=checkout.amount,
            commission=checkout.commission,
        )
        for checkout in checkouts
    )
    CheckoutItem.objects.bulk_create(
        item for start, part in zip(starts, parts, strict=True) for item in _items(start.due, part)
    )
    begun = Attempt.objects.bulk_create(
        _attempt(start.due, part, at) for start, part in zip(starts, parts, strict=True)
    )
    audit.record_all(SYSTEM, "payments.autopay.start", [start.run for start in starts], at=at)
    return [attempt.pk for attempt in begun]


def _checkout(start: _Start, at: datetime) -> Checkout:
    autopay = start.run.autopay
    amount = Money.total(line.amount for line in start.due.fitting)
    return Checkout(
        key=key_of(start.run),
        user_id=autopay.user_id,
        origin=Origin.AUTOPAY,
        method=PayMethod.AUTOPAY,
        saved_card=autopay.card,
        amount=amount.amount,
        commission=commission_of(amount, start.due.percent).amount,
        receipt_email=autopay.email,
        created_at=at,
    )


def _items(due: Due, part: CheckoutPart) -> Iterable[CheckoutItem]:
    lines = due.fitting
    shares = Money(part.commission).allocate([line.amount.kopecks for line in lines])
    return to_items(part, lines, shares)


def _attempt(due: Due, part: CheckoutPart, at: datetime) -> Attempt:
    session = timedelta(minutes=due.account.provider.policy.pay_session_minutes)
    return Attempt(
        part=part,
        number=1,
        merchant_id=part.merchant_id,
        method=PayMethod.AUTOPAY,
        amount=part.amount + part.commission,
        created_at=at,
        expires_at=at + session,
        next_check_at=at + OWN_TIME,
    )


def _save(runs: Sequence[AutopayRun]) -> None:
    AutopayRun.objects.bulk_update(
        runs,
        [
            *("state", "told", "tries", "amount", "due_at"),
            *("notified_at", "checkout", "finished_at", "held_since"),
        ],
    )
