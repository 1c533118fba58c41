"""Imports at the desk: upload, progress, what went wrong, the bad rows to mend (XCH-06, 07, 08)."""

from __future__ import annotations

import uuid

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from kabinet.desk.access import Desk, staff_required
from kabinet.desk.imports.forms import UploadBundle
from kabinet.exchange.downloads import open_rejects
from kabinet.exchange.enums import ImportMode, ImportStatus
from kabinet.exchange.operations import UnknownProvider, start_import
from kabinet.exchange.queries import (
    get_exchanging_providers,
    get_import_run,
    get_import_runs,
)
from kabinet.exchange.report import Options
from kabinet.kernel.actors import Role

SHOWN_PROBLEMS = 200
# htmx stops asking when it gets this answer.
STOP_POLLING = 286
TAG_KINDS = {
    ImportStatus.IMPORTED: "done",
    ImportStatus.UNCHANGED: "done",
    ImportStatus.CHECKED: "done",
    ImportStatus.PARTIAL: "wait",
    ImportStatus.REFUSED: "late",
    ImportStatus.FAILED: "late",
}

exchange_staff = staff_required(Role.INTEGRATOR, Role.ADMINISTRATOR)


@require_http_methods(["GET", "HEAD", "POST"])
@exchange_staff
def show_imports(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The runs so far, and the form that starts the next."""
    providers = get_exchanging_providers(actor=desk.actor)
    form = UploadBundle(request.POST or None, request.FILES or None, providers=providers)
    if request.method == "POST" and form.is_valid():
        try:
            run_id = _start(form, desk)
        except UnknownProvider as refusal:
            form.add_error("provider", str(refusal))
        else:
            return redirect("desk-import", run_id=run_id)
    runs = [(run, tag_kind(run.status)) for run in get_import_runs(actor=desk.actor)]
    status = 422 if form.is_bound else 200
    return render(request, "desk/imports/list.html", {"form": form, "runs": runs}, status=status)


@require_safe
@exchange_staff
def show_import(request: HttpRequest, desk: Desk, run_id: uuid.UUID) -> HttpResponse:
    page = get_import_run(actor=desk.actor, run_id=run_id)
    context = {
        "page": page,
        "kind": tag_kind(page.run.status),
        "errors": page.errors[:SHOWN_PROBLEMS],
        "warnings": page.warnings[:SHOWN_PROBLEMS],
    }
    return render(request, "desk/imports/run.html", context)


@require_safe
@exchange_staff
def show_progress(request: HttpRequest, desk: Desk, run_id: uuid.UUID) -> HttpResponse:
    """The moving part of a run's page; when the run has ended, the whole page is loaded anew."""
    page = get_import_run(actor=desk.actor, run_id=run_id)
    if page.run.is_finished:
        return HttpResponse(status=STOP_POLLING, headers={"HX-Refresh": "true"})
    return render(request, "desk/imports/_progress.html", {"page": page})


@require_safe
@exchange_staff
def download_rejects(_request: HttpRequest, desk: Desk, run_id: uuid.UUID) -> HttpResponseBase:
    rejects = open_rejects(actor=desk.actor, run_id=run_id, at=timezone.now())
    response = FileResponse(rejects, as_attachment=True, filename="rejects.zip")
    response["Cache-Control"] = "private, no-store"
    return response


def tag_kind(status: ImportStatus) -> str:
    return TAG_KINDS.get(status, "plain")


def _start(form: UploadBundle, desk: Desk) -> uuid.UUID:
    sent = form.cleaned_data
    return start_import(
        actor=desk.actor,
        provider_code=sent["provider"],
        upload=sent["bundle"].file,
        name=sent["bundle"].name,
        options=Options(mode=ImportMode(sent["mode"]), dry_run=sent["dry_run"]),
        at=timezone.now(),
    )
