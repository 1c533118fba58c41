"""Starting imports, carrying them out, and clearing up after the dead ones (XCH-07, 08, 13)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID, uuid4

import psycopg
from django.core.files.base import File as StoredFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kabinet.exchange.carriers import Unreadable, open_carrier
from kabinet.exchange.enums import ImportMode, ImportStatus
from kabinet.exchange.execution import Execution, Ticket, stopped_reason
from kabinet.exchange.manifest import ManifestRefused, parse_manifest
from kabinet.exchange.models import ImportRun
from kabinet.exchange.problems import Problem
from kabinet.exchange.report import Options, Report
from kabinet.exchange.runs import Control
from kabinet.exchange.scopes import exchanging_providers
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.providers.models import Provider


class UnknownProvider(Refused):
    """``unknown_provider``: there is none such, it is switched off, or the actor does not work for it."""

    message = _("Такого поставщика нет, или он отключён.")


def start_import(
    *,
    actor: Actor,
    provider_code: str,
    upload: IO[bytes],
    name: str,
    options: Options,
    at: datetime,
) -> UUID:
    """Keep an uploaded bundle and put its import in the queue; the run's public id is returned.

    :raises UnknownProvider: nothing is read or kept for such a provider.
    """
    from kabinet.exchange.tasks import run_import as task

    provider = _provider(actor, provider_code)
    suffix = ".xlsx" if name.lower().endswith(".xlsx") else ".zip"
    key = default_storage.save(f"imports/{uuid4().hex}{suffix}", StoredFile(upload))
    with transaction.atomic():
        run = _create_run(actor, provider, name=name, key=key, options=options, at=at)
        task.defer(run_id=run.pk)
    return run.public_id


def import_bundle(
    *, actor: Actor, path: Path, provider_code: str | None, options: Options, at: datetime
) -> Report:
    """Import a bundle that lies on this machine, now; waits for the provider's other imports.

    What is wrong with the bundle is told by the report, never raised.
    """
    try:
        code = provider_code or _named_provider(path)
        provider = _provider(actor, code)
    except UnknownProvider as refusal:
        return Report(None, code, options.mode).refuse(
            Problem(None, None, None, code, "unknown_provider", str(refusal))
        )
    except ManifestRefused as refusal:
        return Report(None, None, options.mode).refuse(*_faults(refusal))
    except Unreadable as error:
        return Report(None, provider_code, options.mode).fail(str(error))
    with transaction.atomic():
        run = _create_run(actor, provider, name=path.name, key="", options=options, at=at)
    report = _carry_out(run, path)
    assert report is not None  # noqa: S101 -- nobody else could take this run up: it was not in the queue
    return report


def run_queued_import(*, run_id: int) -> Report | None:
    """Carry out a run that waits in the queue; nothing happens when it no longer waits."""
    run = ImportRun.objects.select_related("provider").get(pk=run_id)
    with _local_copy(run.source_key) as path:
        return _carry_out(run, path)


def bury_dead_imports(*, at: datetime) -> int:
    """Mark failed the runs whose process is gone: they say `running`, yet nobody holds their provider's turn."""
    running = ImportRun.objects.filter(status=ImportStatus.RUNNING)
    buried = 0
    with Control() as control:
        for provider_id in running.values_list("provider", flat=True).distinct():
            if control.try_turn(provider_id):
                buried += control.bury_dead(provider_id, at=at)
                control.give_turn_up(provider_id)
    return buried


def forget_old_bundles(*, before: datetime) -> int:
    """Delete uploads and rejects of runs that ended before the moment; they hold people's data, the report stays.

    A storage that fails leaves the run as it was, for the next time.
    """
    ended = ImportRun.objects.filter(finished_at__lt=before).exclude(source_key="", rejects_key="")
    forgotten = 0
    for run in ended.iterator():
        for key in filter(None, (run.source_key, run.rejects_key)):
            default_storage.delete(key)
        run.source_key = run.rejects_key = ""
        run.save(update_fields=["source_key", "rejects_key"])
        forgotten += 1
    return forgotten


def _provider(actor: Actor, code: str) -> Provider:
    provider = exchanging_providers(actor).filter(code=code).first()
    if provider is None:
        raise UnknownProvider
    return provider


def _create_run(
    actor: Actor, provider: Provider, *, name: str, key: str, options: Options, at: datetime
) -> ImportRun:
    run = ImportRun.objects.create(
        provider=provider,
        mode=options.mode,
        dry_run=options.dry_run,
        source_name=name[:255],
        source_key=key,
        started_by_id=actor.user_id,
        created_at=at,
    )
    audit.record(
        actor, "exchange.import.start", run, at=at, mode=options.mode.value, dry_run=options.dry_run
    )
    return run


def _carry_out(run: ImportRun, path: Path) -> Report | None:
    """Wait for the provider's turn and import; whatever happens, the run says how it ended."""
    options = Options(mode=ImportMode(run.mode), dry_run=run.dry_run)
    ticket = Ticket(run.pk, str(run.public_id), run.provider_id, run.provider.code, options)
    report = Report(ticket.public_id, ticket.provider_code, options.mode)
    with Control() as control:
        control.wait_for_turn(run.provider_id)
        control.bury_dead(run.provider_id, at=timezone.now())
        if not control.begin(run.pk, at=timezone.now()):
            return None
        try:
            report = _execute(ticket, path, control)
        except (Unreadable, DatabaseError, psycopg.Error, OSError) as error:
            report.fail(str(error) if isinstance(error, Unreadable) else stopped_reason(error))
        except BaseException as error:
            report.fail(stopped_reason(error))
            control.finish(run.pk, report.status, report.as_json(), report.reason, timezone.now())
            raise
        if report.status not in {
            ImportStatus.IMPORTED,
            ImportStatus.PARTIAL,
            ImportStatus.UNCHANGED,
        }:
            control.finish(run.pk, report.status, report.as_json(), report.reason, timezone.now())
    return report


def _execute(ticket: Ticket, path: Path, control: Control) -> Report:
    report = Report(ticket.public_id, ticket.provider_code, ticket.options.mode)
    with closing(open_carrier(path)) as carrier:
        try:
            manifest = parse_manifest(carrier.manifest())
        except ManifestRefused as refusal:
            return report.refuse(*_faults(refusal))
        if manifest.provider != ticket.provider_code:
            return report.refuse(
                Problem("manifest", None, "provider", manifest.provider, "unknown_provider")
            )
        return Execution(ticket, carrier, manifest, control, timezone.now()).run()


def _named_provider(path: Path) -> str:
    with closing(open_carrier(path)) as carrier:
        return parse_manifest(carrier.manifest()).provider


def _faults(refusal: ManifestRefused) -> list[Problem]:
    return [
        Problem("manifest", None, fault.column, fault.value or None, fault.code)
        for fault in refusal.faults
    ]


@contextmanager
def _local_copy(key: str) -> Iterator[Path]:
    """A zip is read from both ends: storages without files of their own give a copy."""
    with tempfile.NamedTemporaryFile(suffix=Path(key).suffix) as copy:
        with default_storage.open(key) as stored:
            shutil.copyfileobj(stored, copy, 1 << 20)
        copy.flush()
        yield Path(copy.name)
