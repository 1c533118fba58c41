"""Giving rows to the billing system: numbered runs of what is new, each row in exactly one of them (XCH-11).

A run is claimed in one short transaction: it marks the rows that no run has yet with its number. It is delivered
while its process holds a session lock on that number. A run that is claimed, not delivered and not locked belongs to
a process that died: the next ``--new`` gives it again, under the same number, before it claims another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from kabinet.accounts.outtake import LINKS
from kabinet.exchange import outrows
from kabinet.exchange.enums import EXPORT_TRANSITIONS, ExportStatus
from kabinet.exchange.models import ExportRun
from kabinet.exchange.operations import UnknownProvider
from kabinet.exchange.scopes import exchanging_providers
from kabinet.kernel import audit, locks
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.kernel.outfiles import OutFile
from kabinet.kernel.workflow import require_transition
from kabinet.metering.outtake import READINGS
from kabinet.payments.outtake import PAYMENTS
from kabinet.providers.models import Provider

OUT_FILES: Mapping[str, OutFile] = {
    out_file.what: out_file for out_file in (READINGS, PAYMENTS, LINKS)
}
KINDS = ("csv", "xlsx")
# One claim at a time per provider; the lock of a delivery is one number, so the two kinds never meet.
CLAIM_LOCK = 1_262_634_307
DELIVERY_LOCK = 1_262_634_308 << 32

# A row that is being replaced this very moment is left to the next run instead of being waited for.
_CLAIM = """
WITH ready AS (
    SELECT row.id FROM {source}
     WHERE account.provider_id = %(provider)s AND row.export_number IS NULL AND {new}
     ORDER BY row.id FOR UPDATE OF row SKIP LOCKED)
UPDATE {table} claimed SET export_number = %(run)s FROM ready WHERE claimed.id = ready.id
"""


class RunNotFound(NotVisible):
    pass


class UnknownFile(Refused):
    message = _("Такой выгрузки нет. Есть: readings, payments, links.")


class RunAcknowledged(Refused):
    message = _("Получение этой выгрузки уже подтверждено, повторить её нельзя.")


class RunNotDelivered(Refused):
    message = _("Эта выгрузка ещё не выдана: подтверждать нечего.")


class RunBusy(Refused):
    message = _("Эту выгрузку сейчас выдаёт другой процесс. Попробуйте позже.")


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A run as its receiver sees it; ``number`` is None for a look that claims nothing."""

    number: int | None
    what: str
    rows: int
    status: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where the file goes and as what: ``csv`` or ``xlsx``."""

    path: Path
    kind: str = "csv"


def export_new(
    *, actor: Actor, provider_code: str, what: str, target: Target, at: datetime
) -> ExportRow | None:
    """Give what no earlier run gave; None when there is nothing new.

    :raises UnknownProvider: the actor does not exchange for such a provider.
    :raises UnknownFile: there is no such file.
    """
    provider, out_file = find_provider(actor, provider_code), find_file(what)
    run = _take_up(actor, provider, out_file, at=at)
    if run is None:
        return None
    try:
        return _deliver(actor, run, out_file, target, at=at)
    finally:
        _unlock(run.number)


def repeat_run(
    *, actor: Actor, provider_code: str, number: int, target: Target, at: datetime
) -> ExportRow:
    """Give a run's rows again; they are the same ones until it is acknowledged.

    :raises RunNotFound: the provider has no such run.
    :raises RunAcknowledged: the billing system has said that it has them.
    :raises RunBusy: another process is giving them right now.
    """
    run = _run(find_provider(actor, provider_code), number)
    if run.status == ExportStatus.ACKNOWLEDGED:
        raise RunAcknowledged
    if not _try_lock(number):
        raise RunBusy
    try:
        return _deliver(actor, run, find_file(run.what), target, at=at)
    finally:
        _unlock(number)


def export_since(
    *, actor: Actor, provider_code: str, what: str, since: datetime, target: Target
) -> ExportRow:
    """Give the rows from a moment on, claiming nothing and changing nothing."""
    provider, out_file = find_provider(actor, provider_code), find_file(what)
    rows = outrows.write_file(
        target.path,
        out_file,
        provider_id=provider.pk,
        selection=outrows.since(out_file, since),
        kind=target.kind,
    )
    return ExportRow(None, what, rows, "", target.path)


@transaction.atomic
def acknowledge_run(*, actor: Actor, provider_code: str, number: int, at: datetime) -> ExportRow:
    """Take the billing system's word that it has the run's rows; saying it twice is harmless.

    :raises RunNotFound: the provider has no such run.
    :raises RunNotDelivered: it has not been given to anybody.
    """
    run = _run(find_provider(actor, provider_code), number, lock=True)
    if run.status == ExportStatus.CLAIMED:
        raise RunNotDelivered
    if run.status != ExportStatus.ACKNOWLEDGED:
        _move(run, ExportStatus.ACKNOWLEDGED)
        run.acknowledged_at = at
        run.save(update_fields=["status", "acknowledged_at"])
        follow = find_file(run.what).on_acknowledged
        if follow:
            with connection.cursor() as cursor:
                cursor.execute(follow, {"run": run.number, "at": at})
        audit.record(actor, "exchange.export.acknowledge", run, at=at)
    return ExportRow(run.number, run.what, run.rows, run.status)


def get_open_runs(*, actor: Actor, provider_code: str) -> Sequence[ExportRow]:
    """Runs that the billing system has not acknowledged, oldest first: what a crash of its own may have cost it."""
    provider = find_provider(actor, provider_code)
    runs = ExportRun.objects.filter(provider=provider).exclude(status=ExportStatus.ACKNOWLEDGED)
    return [
        ExportRow(run.number, run.what, run.rows, run.status) for run in runs.order_by("number")
    ]


def find_provider(actor: Actor, code: str) -> Provider:
    """:raises UnknownProvider: the actor does not exchange for such a provider."""
    try:
        return exchanging_providers(actor).get(code=code)
    except Provider.DoesNotExist as error:
        raise UnknownProvider from error


def find_file(what: str) -> OutFile:
    """:raises UnknownFile: there is no such file."""
    try:
        return OUT_FILES[what]
    except KeyError as error:
        raise UnknownFile from error


def _run(provider: Provider, number: int, *, lock: bool = False) -> ExportRun:
    runs = ExportRun.objects.filter(provider=provider)
    if lock:
        runs = runs.select_for_update(of=("self",))
    try:
        return runs.get(number=number)
    except ExportRun.DoesNotExist as error:
        raise RunNotFound from error


def _take_up(
    actor: Actor, provider: Provider, out_file: OutFile, *, at: datetime
) -> ExportRun | None:
    """Find a dead process's run or claim a new one; it comes back locked for its delivery."""
    with transaction.atomic():
        locks.wait_until_commit((CLAIM_LOCK, provider.pk))
        unfinished = ExportRun.objects.filter(
            provider=provider, what=out_file.what, status=ExportStatus.CLAIMED
        )
        for run in unfinished.order_by("number"):
            if not _try_lock(run.number):
                continue
            # Its process may have finished between the two looks.
            run.refresh_from_db()
            if run.status == ExportStatus.CLAIMED:
                return run
            _unlock(run.number)
        return _claim(actor, provider, out_file, at=at)


def _claim(
    actor: Actor, provider: Provider, out_file: OutFile, *, at: datetime
) -> ExportRun | None:
    run = ExportRun.objects.create(provider=provider, what=out_file.what, claimed_at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM.format(source=out_file.source, table=out_file.table, new=out_file.new),
            {"provider": provider.pk, "run": run.number},
        )
        run.rows = cursor.rowcount
    if not run.rows:
        run.delete()
        return None
    run.save(update_fields=["rows"])
    audit.record(actor, "exchange.export.claim", run, at=at, what=run.what, rows=run.rows)
    # Before the claim is seen by anybody: there is no moment at which it looks abandoned.
    locks.wait(DELIVERY_LOCK + run.number)
    return run


def _deliver(
    actor: Actor, run: ExportRun, out_file: OutFile, target: Target, *, at: datetime
) -> ExportRow:
    rows = outrows.write_file(
        target.path,
        out_file,
        provider_id=run.provider_id,
        selection=outrows.of_run(run.number),
        kind=target.kind,
    )
    with transaction.atomic():
        fresh = ExportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if fresh.status == ExportStatus.CLAIMED:
            _move(fresh, ExportStatus.DELIVERED)
            fresh.delivered_at = at
            fresh.save(update_fields=["status", "delivered_at"])
        audit.record(actor, "exchange.export.deliver", run, at=at, rows=rows)
    return ExportRow(run.number, run.what, rows, fresh.status, target.path)


def _move(run: ExportRun, target: ExportStatus) -> None:
    require_transition(EXPORT_TRANSITIONS, current=run.status, target=target)
    run.status = target


def _try_lock(number: int) -> bool:
    return locks.take(DELIVERY_LOCK + number)


def _unlock(number: int) -> None:
    locks.give_back(DELIVERY_LOCK + number)
