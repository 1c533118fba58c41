"""A day of a merchant, from the bank's list to the differences; again on the same day gives the same.

The bank is asked outside any transaction. What it says and what follows from it is written in one: a process that
dies leaves the day as it was. One process at a time works on a day; it is known by a session lock.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.kernel.locks import alone
from kabinet.payments import scopes
from kabinet.payments.calculations.posting import longest_wait, paid_too_long_ago
from kabinet.payments.models import CheckoutPart, Merchant, Reconciliation
from kabinet.payments.operations import refunding
from kabinet.payments.operations.enqueuing import enqueue
from kabinet.payments.operations.reconciliation.comparing import (
    compare_with_bank,
    compare_with_provider,
    take_turn,
)
from kabinet.payments.operations.reconciliation.pulling import Pulled, PullFailed, pull
from kabinet.providers.queries import get_moved_days

logger = logging.getLogger(__name__)
# Banks end a day's list a little after it; the provider's people come at eight.
FIRST_HOUR = 3
# The older day first: what it has of the bank the other one looks at.
DAYS_BACK = (2, 1)
# The clocks of banks and ours differ: what one puts before midnight the other may put after it.
AROUND = timedelta(hours=1)
LOCK = "payments.reconciliation:{}:{}"
LONGEST_FAILURE = 300


class ReconciliationNotFound(NotVisible):
    pass


class DayNotOver(Refused):
    message = _("День ещё не закончился: сверить его можно со следующего дня.")


def enqueue_due(*, at: datetime) -> int:
    """Have the worker compare what is not compared yet: each merchant's yesterday and the day before; gives how many.

    A failed day comes again every time; one that was compared comes again the next day, when late news is in.
    """
    recent = CheckoutPart.objects.filter(
        merchant=OuterRef("pk"), paid_at__gte=at - timedelta(days=max(DAYS_BACK) + 1)
    )
    merchants = Merchant.objects.filter(Q(is_active=True) | Exists(recent))
    asked = 0
    for merchant in merchants.select_related("provider").order_by("pk"):
        for day in _due_days(merchant, at):
            compare_soon(merchant.pk, day)
            asked += 1
    return asked


def compare_soon(merchant_id: int, day: date) -> None:
    enqueue(
        "payments.reconcile",
        lock=f"payments.reconcile.{merchant_id}.{day}",
        merchant_id=merchant_id,
        day=day.isoformat(),
    )


def order_again(*, actor: Actor, reconciliation_id: int, at: datetime) -> None:
    """Have a day compared once more.

    :raises ReconciliationNotFound: the actor does not look after such a merchant.
    """
    run = scopes.served_reconciliations(actor).filter(pk=reconciliation_id).first()
    if run is None:
        raise ReconciliationNotFound
    with transaction.atomic():
        audit.record(actor, "payments.reconcile.again", run, at=at)
        compare_soon(run.merchant_id, run.day)


def reconcile(*, merchant_id: int, day: date, at: datetime) -> bool:
    """Compare a day of a merchant; False when another process is at it. Not one transaction: the bank is asked.

    :raises DayNotOver: it is not yesterday yet at the provider's place.
    """
    merchant = Merchant.objects.select_related("provider__policy").get(pk=merchant_id)
    if day >= _today(merchant, at):
        raise DayNotOver
    with alone(LOCK.format(merchant_id, day)) as is_alone:
        if not is_alone:
            return False
        since, until = _bounds(merchant, day)
        try:
            pulled = pull(merchant, since=since - AROUND, until=until + AROUND)
            refunding.recognise_given_up(merchant_id=merchant.pk, at=at)
        except PullFailed as failure:
            _note_failure(merchant, day, str(failure), at)
        else:
            _compare(merchant, day, pulled, at)
    return True


@transaction.atomic
def _compare(merchant: Merchant, day: date, pulled: Pulled, at: datetime) -> None:
    run, _created = Reconciliation.objects.get_or_create(
        merchant=merchant, day=day, defaults={"started_at": at}
    )
    since, until = _bounds(merchant, day)
    pulled.write_down(run)
    take_turn(merchant.provider_id)
    found = compare_with_bank(
        run, provider_id=merchant.provider_id, since=since, until=until, at=at
    )
    compare_with_provider(
        merchant_id=merchant.pk,
        provider_id=merchant.provider_id,
        too_long_ago=_too_long_ago(merchant, at),
        at=at,
    )
    run.started_at, run.finished_at, run.failure = at, at, ""
    run.at_bank, run.here, run.matched = found.at_bank, found.here, found.matched
    run.bank_sum, run.own_sum = found.bank_sum, found.own_sum
    run.save()
    audit.record(SYSTEM, "payments.reconcile", run, at=at, day=day.isoformat())


def _too_long_ago(merchant: Merchant, at: datetime) -> date:
    today, working_days = _today(merchant, at), merchant.provider.policy.posting_days
    moved = get_moved_days(since=today - longest_wait(working_days), until=today)
    return paid_too_long_ago(today, working_days=working_days, moved=moved)


def _note_failure(merchant: Merchant, day: date, why: str, at: datetime) -> None:
    """What was found before stays; the page says that it could not be brought up to date."""
    logger.warning("reconciliation.failed merchant=%s day=%s: %s", merchant.pk, day, why)
    Reconciliation.objects.update_or_create(
        merchant=merchant,
        day=day,
        defaults={"failure": why[:LONGEST_FAILURE] or _t("Банк не ответил.")},
        create_defaults={"failure": why[:LONGEST_FAILURE], "started_at": at},
    )


def _due_days(merchant: Merchant, at: datetime) -> Iterator[date]:
    zone = ZoneInfo(merchant.provider.timezone)
    if at.astimezone(zone).hour < FIRST_HOUR:
        return
    today = _today(merchant, at)
    days = [today - timedelta(days=back) for back in DAYS_BACK]
    done = {
        run.day
        for run in Reconciliation.objects.filter(merchant=merchant, day__in=days, failure="")
        if run.finished_at is not None and run.finished_at.astimezone(zone).date() >= today
    }
    yield from (day for day in days if day not in done)


def _today(merchant: Merchant, at: datetime) -> date:
    return at.astimezone(ZoneInfo(merchant.provider.timezone)).date()


def _bounds(merchant: Merchant, day: date) -> tuple[datetime, datetime]:
    """The day at the provider's place."""
    zone = ZoneInfo(merchant.provider.timezone)
    since = datetime(day.year, day.month, day.day, tzinfo=zone)
    until = day + timedelta(days=1)
    return since, datetime(until.year, until.month, until.day, tzinfo=zone)
