"""One import from the first byte to the commit: read, check, write, report."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from kabinet.exchange import problems
from kabinet.exchange.carriers import Carrier
from kabinet.exchange.enums import ImportMode, ImportStatus
from kabinet.exchange.events import ImportFinished
from kabinet.exchange.manifest import Manifest
from kabinet.exchange.merging import Counts, Merger, Outcome
from kabinet.exchange.models import ImportedFile
from kabinet.exchange.rejects import store_rejects
from kabinet.exchange.report import Options, Report
from kabinet.exchange.runs import DATA_LOCK, Control, finishing
from kabinet.exchange.staging import Stager, Staging, create_stage
from kabinet.kernel import bundle, events, locks
from kabinet.kernel.workflow import TransitionRefused

# Set for the transaction only. Days may come as 21.11.2026; a lost client must not keep a long statement going.
_SESSION = """
SET LOCAL datestyle = 'ISO, DMY';
SET LOCAL work_mem = '128MB';
SET LOCAL jit = off;
SET LOCAL client_connection_check_interval = '2s'
"""


# So many new rows change what the planner should believe of a table.
GROWN = 10_000


class _TakeBack(Exception):  # noqa: N818 -- leaves the transaction without a trace in the data
    pass


@dataclass(frozen=True, slots=True)
class Ticket:
    """A run that has the provider's turn."""

    id: int
    public_id: str
    provider_id: int
    provider_code: str
    options: Options


class Execution:
    def __init__(
        self, ticket: Ticket, carrier: Carrier, manifest: Manifest, control: Control, at: datetime
    ) -> None:
        self._ticket = ticket
        self._carrier = carrier
        self._manifest = manifest
        self._control = control
        self._at = at
        self._strict = ticket.options.mode is ImportMode.STRICT
        self._began = time.monotonic()
        self.report = Report(ticket.public_id, ticket.provider_code, ticket.options.mode)

    def run(self) -> Report:
        """Take the bundle in, or leave everything as it was; the report says which."""
        try:
            with transaction.atomic(durable=True), connection.cursor() as cursor:
                self._import(cursor)
        except _TakeBack:
            return self.report
        self._refresh_statistics()
        return self.report

    def _refresh_statistics(self) -> None:
        """Let the planner know of tables that have grown; not inside the transaction, where it would block others."""
        grown = [
            file.table
            for name, file in bundle.sent_files().items()
            if self.report.files.get(name, {}).get("inserted", 0) >= GROWN
        ]
        with connection.cursor() as cursor:
            for table in grown:
                cursor.execute(f"ANALYZE (SKIP_LOCKED) {table}")

    def _import(self, cursor: CursorWrapper) -> None:
        cursor.execute(_SESSION)
        locks.wait_until_commit((DATA_LOCK, self._ticket.provider_id))
        cursor.execute(problems.TABLES)
        for file in bundle.files():
            create_stage(cursor, file)
        with problems.Sink() as sink:
            staging = Stager(
                cursor,
                self._carrier,
                self._manifest,
                sink,
                strict=self._strict,
                progress=self._read,
            ).read_all()
        outcome = self._merge(cursor, staging)
        self._summarise(cursor, outcome, staging)
        if self.report.status in {ImportStatus.REFUSED, ImportStatus.CHECKED}:
            raise _TakeBack
        self._keep(cursor, outcome)

    def _merge(self, cursor: CursorWrapper, staging: Staging) -> Outcome:
        if staging.broken:
            return Outcome({name: Counts(read=file.read) for name, file in staging.files.items()})
        merger = Merger(
            cursor,
            self._params(),
            staging.files,
            mode=self._manifest.mode,
            progress=self._merged,
        )
        return merger.merge_all()

    def _params(self) -> dict[str, Any]:
        imported = ImportedFile.objects.filter(provider=self._ticket.provider_id)
        return {
            "provider": self._ticket.provider_id,
            "as_of": self._manifest.as_of,
            "at": self._at,
            "sign": self._manifest.sign,
            "pin_key": settings.PIN_KEY,
            "seed": secrets.token_hex(16),
            "imported_files": dict(imported.values_list("file", "as_of")),
        }

    def _summarise(self, cursor: CursorWrapper, outcome: Outcome, staging: Staging) -> None:
        report = self.report
        problems.rank_files(cursor, {name: place for place, name in enumerate(bundle.sent_files())})
        report.errors, report.errors_total = problems.shown(cursor, warnings=False)
        report.warnings, report.warnings_total = problems.shown(cursor, warnings=True)
        report.status = self._status(outcome, broken=staging.broken)
        if report.status is ImportStatus.REFUSED:
            for counts in outcome.files.values():
                counts.inserted = counts.updated = counts.unchanged = 0
        report.files = {name: counts.as_json() for name, counts in outcome.files.items()}
        report.seconds = time.monotonic() - self._began

    def _status(self, outcome: Outcome, *, broken: bool) -> ImportStatus:
        dry_run = self._ticket.options.dry_run
        if self.report.errors_total and (broken or self._strict or dry_run):
            return ImportStatus.REFUSED
        if dry_run:
            return ImportStatus.CHECKED
        if self.report.errors_total:
            return ImportStatus.PARTIAL
        return ImportStatus.IMPORTED if outcome.changed else ImportStatus.UNCHANGED

    def _keep(self, cursor: CursorWrapper, outcome: Outcome) -> None:
        """Say in the same transaction that the data are in: a run can't be failed with its data imported."""
        if self.report.status is ImportStatus.PARTIAL:
            rejected = [name for name, counts in outcome.files.items() if counts.rejected]
            key = f"rejects/{self._ticket.public_id}.zip"
            self.report.rejects = store_rejects(
                cursor, self._carrier, self._manifest, names=rejected, key=key
            )
        for name in outcome.files:
            cursor.execute(
                "INSERT INTO exchange_importedfile AS f (provider_id, file, as_of, imported_at)"
                " VALUES (%s, %s, %s, %s) ON CONFLICT (provider_id, file) DO UPDATE"
                " SET as_of = greatest(f.as_of, excluded.as_of), imported_at = excluded.imported_at",
                [self._ticket.provider_id, name, self._manifest.as_of, self._at],
            )
        events.publish(
            ImportFinished(
                run_id=self._ticket.id,
                provider_id=self._ticket.provider_id,
                changed=outcome.changed,
                files=tuple(outcome.files),
            )
        )
        self._control.tell(self._ticket.id, force=True)
        self.report.seconds = time.monotonic() - self._began
        cursor.execute(
            *finishing(self._ticket.id, self.report.status, self.report.as_json(), "", self._at)
        )
        if cursor.rowcount != 1:
            # Somebody ended the run meanwhile: its outcome stands, so the data must stay as they were.
            raise TransitionRefused
        cursor.execute(
            "UPDATE exchange_importrun SET as_of = %s, rejects_key = %s WHERE id = %s",
            [self._manifest.as_of, self.report.rejects or "", self._ticket.id],
        )

    def _read(self, rows: int) -> None:
        self._control.progress["read"] = rows
        self._control.tell(self._ticket.id)

    def _merged(self, checked: int, written: int) -> None:
        self._control.progress["checked"] += checked
        self._control.progress["written"] += written
        self._control.tell(self._ticket.id)


def stopped_reason(error: BaseException) -> str:
    """Say in Russian why a run could not go on."""
    return _("Загрузка прервана, данные остались прежними: %s") % (
        str(error).strip() or type(error).__name__
    )
