"""What became of the payments that autopays began: read from the core's rows, never from the bank itself (PAY-17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from kabinet.kernel import audit
from kabinet.kernel.actors import SYSTEM
from kabinet.kernel.money import Money
from kabinet.payments.calculations.autopay_days import MOST_TRIES, after_notice
from kabinet.payments.enums import (
    RESOLVED,
    UNDER_WAY,
    AttemptState,
    AutopayNote,
    AutopayRunState,
    AutopayState,
    AutopayWord,
    Cause,
)
from kabinet.payments.messages import autopay as letters
from kabinet.payments.models import Attempt, Autopay, AutopayRun
from kabinet.payments.operations.autopay.ending import end_locked, move
from kabinet.payments.operations.cards import drop_card, lock_cards

AT_ONCE = 200


def finish_runs(*, at: datetime, at_once: int = AT_ONCE) -> int:
    """Close the runs whose payment has ended, tell their people, plan the next try; gives how many."""
    finished = 0
    while True:
        count = _finish_some(at=at, at_once=at_once)
        finished += count
        if count < at_once:
            return finished


@transaction.atomic
def _finish_some(*, at: datetime, at_once: int) -> int:
    runs = list(
        _ended()
        .select_related("autopay__card", "autopay__account__provider")
        .order_by("pk")
        .select_for_update(of=("self", "autopay"), no_key=True, skip_locked=True)[:at_once]
    )
    newest = _newest_attempts(runs)
    for run in runs:
        _finish(run, run.autopay, newest[run.checkout_id or 0], at=at)
    return len(runs)


def _ended() -> QuerySet[AutopayRun]:
    """Runs under way with no attempt that may still take money."""
    live = Attempt.objects.filter(part__checkout=OuterRef("checkout"), state__in=UNDER_WAY)
    return AutopayRun.objects.filter(~Exists(live), state=AutopayRunState.STARTED)


def _newest_attempts(runs: Sequence[AutopayRun]) -> Mapping[int, Attempt]:
    attempts = Attempt.objects.filter(part__checkout__in=[run.checkout_id for run in runs])
    return {
        attempt.part.checkout_id: attempt
        for attempt in attempts.select_related("part").order_by("number")
    }


def _finish(run: AutopayRun, autopay: Autopay, attempt: Attempt, *, at: datetime) -> None:
    if attempt.state == AttemptState.SUCCEEDED:
        _succeed(run, autopay, attempt, at=at)
    elif attempt.state in {AttemptState.DISPUTED, *RESOLVED}:
        # Nothing is taken again of one's own accord, whatever people decide about it.
        _close(run, AutopayRunState.FAILED, at=at, note=AutopayNote.DISPUTED)
        letters.tell_unclear(autopay, at=at)
    else:
        _fail(run, autopay, Cause(attempt.cause or Cause.OTHER), at=at)


def _succeed(run: AutopayRun, autopay: Autopay, attempt: Attempt, *, at: datetime) -> None:
    run.amount, run.cause = attempt.amount, ""
    _close(run, AutopayRunState.PAID, at=at)
    if autopay.failures:
        autopay.failures = 0
        autopay.save(update_fields=["failures"])
    letters.tell_paid(autopay, amount=Money(attempt.amount), at=at)


def finish_accepted(attempt: Attempt, *, at: datetime) -> None:
    """People have booked money that was disputed: its run ends as any other that has paid (PAY-17, 45).

    The caller holds the autopay and its run. One that nobody has read yet is read as paid.
    """
    runs = AutopayRun.objects.filter(
        checkout=attempt.part.checkout_id,
        state=AutopayRunState.FAILED,
        told=AutopayNote.DISPUTED,
    )
    for run in runs.select_related("autopay__card", "autopay__account__provider"):
        _succeed(run, run.autopay, attempt, at=at)


def _fail(run: AutopayRun, autopay: Autopay, cause: Cause, *, at: datetime) -> None:
    run.cause = cause
    autopay.failures += 1
    autopay.save(update_fields=["failures"])
    if autopay.state != AutopayState.ON:
        # Switched off while the bank was asked: nothing is tried again (PAY-18).
        _close(run, AutopayRunState.FAILED, at=at, note=AutopayNote.SWITCHED_OFF)
        letters.tell_failed(autopay, cause=cause, again_at=None, at=at)
    elif cause is Cause.REVOKED:
        _close(run, AutopayRunState.FAILED, at=at)
        _part_with_card(autopay, at=at)
    elif autopay.failures >= MOST_TRIES:
        _close(run, AutopayRunState.FAILED, at=at)
        _pause(autopay, cause, at=at)
    else:
        _try_tomorrow(run, autopay, cause, at=at)


def _try_tomorrow(run: AutopayRun, autopay: Autopay, cause: Cause, *, at: datetime) -> None:
    """The letter about the failure is the notice of the next try, so that one comes a day later too."""
    run.state = AutopayRunState.PLANNED
    run.due_at = after_notice(at, ZoneInfo(autopay.account.provider.timezone))
    run.save(update_fields=["state", "due_at", "cause"])
    letters.tell_failed(autopay, cause=cause, again_at=run.due_at, at=at)


def _pause(autopay: Autopay, cause: Cause, *, at: datetime) -> None:
    move(autopay, AutopayState.PAUSED)
    autopay.save(update_fields=["state"])
    audit.record(SYSTEM, "payments.autopay.pause", autopay, at=at, cause=cause.value)
    letters.tell_paused(autopay, cause=cause, at=at)


def _part_with_card(autopay: Autopay, *, at: datetime) -> None:
    """The person has withdrawn the permission at the bank: stop, drop the card, ask anew (facts §3.4)."""
    end_locked(autopay, actor=SYSTEM, why="permission revoked", at=at)
    card = autopay.card
    if card is not None and card.user_id is not None:
        lock_cards(card.user_id)
        card.refresh_from_db()
        if card.removed_at is None:
            drop_card(card, at=at)
    letters.tell_ended(autopay, why=AutopayWord.REVOKED, at=at)


def _close(
    run: AutopayRun, state: AutopayRunState, *, at: datetime, note: AutopayNote | None = None
) -> None:
    run.state, run.finished_at, run.told = state, at, note or ""
    run.save(update_fields=["state", "finished_at", "told", "amount", "cause"])
