"""Reads of the exchange: who may exchange, which runs there were, how each went (XCH-07, 11, 14)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kabinet.exchange import scopes
from kabinet.exchange.enums import ExportStatus, ImportMode, ImportStatus
from kabinet.exchange.models import UNFINISHED, ExportRun, ImportRun
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible

SHOWN_RUNS = 50


class ImportRunNotFound(NotVisible):
    pass


class ExportRunNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class ExchangingProvider:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class FileCounts:
    name: str
    read: int
    inserted: int
    updated: int
    unchanged: int
    rejected: int


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """Where a row is wrong, and what to do about it (XCH-06)."""

    file: str
    line: int | None
    column: str
    value: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ImportRunRow:
    """A run in the list: without its report, which may hold a thousand errors."""

    public_id: uuid.UUID
    provider_code: str
    provider_name: str
    status: ImportStatus
    mode: ImportMode
    dry_run: bool
    source_name: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def is_finished(self) -> bool:
        return self.status not in UNFINISHED


@dataclass(frozen=True, slots=True)
class ImportRunPage:
    """A run with all that it said; errors and warnings are the first ones, their totals beside them.

    ``report`` is the same as JSON in the words of XCH-14, empty until the run has ended.
    """

    run: ImportRunRow
    as_of: datetime | None
    reason: str
    rows_read: int
    rows_checked: int
    rows_written: int
    files: tuple[FileCounts, ...]
    errors: tuple[ProblemRow, ...]
    errors_total: int
    warnings: tuple[ProblemRow, ...]
    warnings_total: int
    has_rejects: bool
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExportRunRow:
    """A numbered portion of rows that were new once (XCH-11)."""

    number: int
    provider_code: str
    provider_name: str
    what: str
    status: ExportStatus
    rows: int
    claimed_at: datetime

    @property
    def may_be_repeated(self) -> bool:
        return self.status is not ExportStatus.ACKNOWLEDGED

    @property
    def may_be_acknowledged(self) -> bool:
        return self.status is ExportStatus.DELIVERED


def get_exchanging_providers(*, actor: Actor) -> Sequence[ExchangingProvider]:
    """Give the providers for whom the actor may send and take data, by name; one query."""
    rows = scopes.exchanging_providers(actor).order_by("name", "pk").values_list("code", "name")
    return [ExchangingProvider(code, name) for code, name in rows]


def get_import_runs(*, actor: Actor) -> Sequence[ImportRunRow]:
    """Give the latest runs of the actor's providers, newest first; one query."""
    runs = scopes.visible_import_runs(actor).select_related("provider").defer("report", "progress")
    return [_to_row(run) for run in runs.order_by("-created_at", "-pk")[:SHOWN_RUNS]]


def get_import_run(*, actor: Actor, run_id: uuid.UUID) -> ImportRunPage:
    """Give one run with its report; one query.

    :raises ImportRunNotFound: no such run, or it is of a provider for whom the actor does not work.
    """
    runs = scopes.visible_import_runs(actor).select_related("provider")
    run = runs.filter(public_id=run_id).first()
    if run is None:
        raise ImportRunNotFound
    report: Mapping[str, Any] = run.report
    progress: Mapping[str, int] = run.progress
    return ImportRunPage(
        run=_to_row(run),
        as_of=run.as_of,
        reason=run.reason,
        rows_read=progress.get("read", 0),
        rows_checked=progress.get("checked", 0),
        rows_written=progress.get("written", 0),
        files=tuple(_to_counts(name, counts) for name, counts in report.get("files", {}).items()),
        errors=_to_problems(report.get("errors", ())),
        errors_total=report.get("errors_total", 0),
        warnings=_to_problems(report.get("warnings", ())),
        warnings_total=report.get("warnings_total", 0),
        has_rejects=bool(run.rejects_key),
        report=report,
    )


def get_export_runs(*, actor: Actor) -> Sequence[ExportRunRow]:
    """Give the latest export runs of the actor's providers, newest first; one query."""
    runs = scopes.visible_export_runs(actor).select_related("provider")
    return [_to_export_row(run) for run in runs.order_by("-number")[:SHOWN_RUNS]]


def get_export_run(*, actor: Actor, number: int) -> ExportRunRow:
    """:raises ExportRunNotFound: no such run, or it is of a provider for whom the actor does not work."""
    run = scopes.visible_export_runs(actor).select_related("provider").filter(number=number).first()
    if run is None:
        raise ExportRunNotFound
    return _to_export_row(run)


def _to_export_row(run: ExportRun) -> ExportRunRow:
    return ExportRunRow(
        number=run.number,
        provider_code=run.provider.code,
        provider_name=run.provider.name,
        what=run.what,
        status=ExportStatus(run.status),
        rows=run.rows,
        claimed_at=run.claimed_at,
    )


def _to_row(run: ImportRun) -> ImportRunRow:
    return ImportRunRow(
        public_id=run.public_id,
        provider_code=run.provider.code,
        provider_name=run.provider.name,
        status=ImportStatus(run.status),
        mode=ImportMode(run.mode),
        dry_run=run.dry_run,
        source_name=run.source_name,
        created_at=run.created_at,
        finished_at=run.finished_at,
    )


def _to_counts(name: str, counts: Mapping[str, int]) -> FileCounts:
    return FileCounts(
        name=name,
        read=counts.get("read", 0),
        inserted=counts.get("inserted", 0),
        updated=counts.get("updated", 0),
        unchanged=counts.get("unchanged", 0),
        rejected=counts.get("rejected", 0),
    )


def _to_problems(problems: Sequence[Mapping[str, Any]]) -> tuple[ProblemRow, ...]:
    return tuple(
        ProblemRow(
            file=problem.get("file") or "",
            line=problem.get("line"),
            column=problem.get("column") or "",
            value=problem.get("value") or "",
            code=problem.get("code") or "",
            message=problem.get("message") or "",
        )
        for problem in problems
    )
