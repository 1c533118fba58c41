"""Bundles in (XCH-08): send one, watch it, take the rejects."""

from __future__ import annotations

import uuid

from django.http import FileResponse, HttpRequest
from django.utils import timezone
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from kabinet.api.access import caller_of
from kabinet.exchange import downloads, operations, queries
from kabinet.exchange.enums import ImportMode
from kabinet.exchange.queries import ImportRunPage, ProblemRow
from kabinet.exchange.report import Options

router = Router(tags=["imports"])
REJECTS = "rejects.zip"


class Accepted(Schema):
    id: uuid.UUID
    status: str


class Counts(Schema):
    read: int
    inserted: int
    updated: int
    unchanged: int
    rejected: int


class Problem(Schema):
    file: str | None
    line: int | None
    column: str | None
    value: str | None
    code: str
    message: str


class Progress(Schema):
    read: int
    checked: int
    written: int


class Run(Schema):
    """XCH-14, with the states of a run that has not ended and how far it has come."""

    id: uuid.UUID
    status: str
    mode: str
    reason: str
    progress: Progress
    files: dict[str, Counts]
    errors: list[Problem]
    errors_total: int
    warnings: list[Problem]
    warnings_total: int
    rejects: str | None


@router.post("", response={202: Accepted})
def send(
    request: HttpRequest,
    bundle: File[UploadedFile],
    mode: Form[ImportMode] = ImportMode.STRICT,
    dry_run: Form[bool] = False,  # noqa: FBT002 -- a form field
) -> Status[Accepted]:
    """Put a zip or an xlsx in the queue of the key's provider; ask for the run's state afterwards."""
    caller = caller_of(request)
    run_id = operations.start_import(
        actor=caller.actor,
        provider_code=caller.provider_code,
        upload=bundle,
        name=bundle.name or "bundle.zip",
        options=Options(mode=mode, dry_run=dry_run),
        at=timezone.now(),
    )
    return Status(202, Accepted(id=run_id, status="queued"))


@router.get("/{run_id}", response=Run)
def look(request: HttpRequest, run_id: uuid.UUID) -> Run:
    return _to_schema(queries.get_import_run(actor=caller_of(request).actor, run_id=run_id))


@router.get("/{run_id}/rejects")
def rejects(request: HttpRequest, run_id: uuid.UUID) -> FileResponse:
    content = downloads.open_rejects(
        actor=caller_of(request).actor, run_id=run_id, at=timezone.now()
    )
    response = FileResponse(content, as_attachment=True, filename=REJECTS)
    response["Cache-Control"] = "private, no-store"
    return response


def _to_schema(page: ImportRunPage) -> Run:
    return Run(
        id=page.run.public_id,
        status=page.run.status,
        mode=page.run.mode,
        reason=page.reason,
        progress=Progress(
            read=page.rows_read, checked=page.rows_checked, written=page.rows_written
        ),
        files={
            counts.name: Counts(
                read=counts.read,
                inserted=counts.inserted,
                updated=counts.updated,
                unchanged=counts.unchanged,
                rejected=counts.rejected,
            )
            for counts in page.files
        },
        errors=[_problem(row) for row in page.errors],
        errors_total=page.errors_total,
        warnings=[_problem(row) for row in page.warnings],
        warnings_total=page.warnings_total,
        rejects=REJECTS if page.has_rejects else None,
    )


def _problem(row: ProblemRow) -> Problem:
    return Problem(
        file=row.file or None,
        line=row.line,
        column=row.column or None,
        value=row.value or None,
        code=row.code,
        message=row.message,
    )
