"""Planning a month: one run per account and month, told at least a day before (PAY-17)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from kabinet.kernel.period import Period
from kabinet.payments.calculations.autopay_days import (
    TOLD_AHEAD,
    Turn,
    is_time_to_tell,
    next_turn,
)
from kabinet.payments.enums import AutopayNote, AutopayRunState, AutopayState
from kabinet.payments.messages import autopay as letters
from kabinet.payments.models import Autopay, AutopayRun, SavedCard
from kabinet.payments.operations.autopay.dues import Due, get_dues
from kabinet.providers.enums import OverLimit

AT_ONCE = 500
# The farthest ahead of UTC that a clock in Russia stands.
EASTERNMOST = timedelta(hours=12)


def plan_runs(*, at: datetime, at_once: int = AT_ONCE) -> int:
    """Plan every autopay whose next day is near and tell its person; gives how many.

    Two planners at once share the work: each takes the autopays that nobody holds, and a month of an account is
    planned once whatever happens.
    """
    planned, after = 0, 0
    while True:
        count, last = _plan_some(after=after, at=at, at_once=at_once)
        if last is None:
            return planned
        planned, after = planned + count, last


@transaction.atomic
def _plan_some(*, after: int, at: datetime, at_once: int) -> tuple[int, int | None]:
    """Plan the next autopays by id; gives how many and the last id that was looked at."""
    autopays = list(
        _near(at)
        .filter(pk__gt=after)
        .select_related("account__provider", "card")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True, skip_locked=True)[:at_once]
    )
    if not autopays:
        return 0, None
    turns = dict(_turns(autopays, at))
    wanted = [autopay for autopay in autopays if autopay.pk in turns]
    dues = get_dues(wanted, at=at)
    AutopayRun.objects.bulk_create(
        [_plan(autopay, turns[autopay.pk], dues.get(autopay.pk), at) for autopay in wanted]
    )
    return len(wanted), autopays[-1].pk


def _near(at: datetime) -> QuerySet[Autopay]:
    """Autopays in force whose day may be near enough and whose month nobody has planned; roughly, by day alone."""
    first, last = at.date(), (at + TOLD_AHEAD + EASTERNMOST).date()
    near = Q()
    for month in {Period.of(first), Period.of(last)}:
        days = last.day if Period.of(last) == month else month.last_day.day
        runs = AutopayRun.objects.filter(account=OuterRef("account"), period=month.first_day)
        near |= Q(~Exists(runs), day__lte=days)
    return Autopay.objects.filter(near, state=AutopayState.ON)


def _turns(autopays: Sequence[Autopay], at: datetime) -> Iterator[tuple[int, Turn]]:
    taken = _taken_months(autopays, at)
    for autopay in autopays:
        turn = turn_of(autopay, taken=taken.get(autopay.account_id, ()), at=at)
        if is_time_to_tell(turn, at):
            yield autopay.pk, turn


def _taken_months(autopays: Sequence[Autopay], at: datetime) -> Mapping[int, Sequence[date]]:
    recent = AutopayRun.objects.filter(
        account__in=[autopay.account_id for autopay in autopays],
        period__gte=Period.of(at.date()).plus(-1).first_day,
    )
    return dict(
        recent.values("account").annotate(all=ArrayAgg("period")).values_list("account", "all")
    )


def turn_of(autopay: Autopay, *, taken: Sequence[date], at: datetime) -> Turn:
    """Give the autopay's next month, by its own day and its provider's clock; it must be connected."""
    since = autopay.counted_from or autopay.connected_at
    assert since is not None  # noqa: S101 -- set by connecting
    zone = ZoneInfo(autopay.account.provider.timezone)
    return next_turn(day=autopay.day, since=since, taken=taken, at=at, zone=zone)


def _plan(autopay: Autopay, turn: Turn, due: Due | None, at: datetime) -> AutopayRun:
    """Make the month's run and queue its letter; what needs no letter is looked at again on the day."""
    run = AutopayRun(
        autopay=autopay, account_id=autopay.account_id, period=turn.period, due_at=turn.due_at or at
    )
    if turn.due_at is None:
        run.state, run.told, run.finished_at = AutopayRunState.SKIPPED, AutopayNote.TOO_LATE, at
        letters.tell_late(autopay, at=at)
    elif due is not None:
        give_notice(run, autopay, due, at=at)
    return run


def give_notice(run: AutopayRun, autopay: Autopay, due: Due, *, at: datetime) -> None:
    """Tell what will be taken, or that nothing will because it is too much; the caller saves the run."""
    if due.note is None:
        run.notified_at, run.amount, run.told = at, due.taken.amount, ""
        letters.tell_planned(
            autopay,
            amount=due.taken,
            payee=due.payee.payee_name if due.payee else "",
            due_at=run.due_at,
            card_expires=_expires_before(autopay.card, run.due_at, due),
            at=at,
        )
    elif due.note is AutopayNote.OVER_LIMIT:
        run.told = AutopayNote.OVER_LIMIT
        letters.tell_over_limit(
            autopay,
            amount=due.amount,
            skipped_at=run.due_at,
            may_pay_limit=may_pay_limit(due),
            at=at,
        )


def may_pay_limit(due: Due) -> bool:
    return due.account.provider.policy.autopay_over_limit == OverLimit.PAY_LIMIT


def _expires_before(card: SavedCard | None, moment: datetime, due: Due) -> bool:
    if card is None or card.expiry_year is None or card.expiry_month is None:
        return False
    day = moment.astimezone(due.zone).date()
    return (card.expiry_year, card.expiry_month) <= (day.year, day.month)
