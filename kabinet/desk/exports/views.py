"""Exports at the desk: what is new, the same again by its number, the word that it was received (XCH-11)."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kabinet.desk.access import Desk, staff_required
from kabinet.desk.exports.forms import WHAT_WORDS, NewExport
from kabinet.exchange import exports
from kabinet.exchange.downloads import open_written
from kabinet.exchange.enums import ExportStatus
from kabinet.exchange.queries import get_exchanging_providers, get_export_run, get_export_runs
from kabinet.kernel.actors import Role

TAG_KINDS = {
    ExportStatus.CLAIMED: "wait",
    ExportStatus.DELIVERED: "plain",
    ExportStatus.ACKNOWLEDGED: "done",
}
Write = Callable[[exports.Target], exports.ExportRow | None]

exchange_staff = staff_required(Role.INTEGRATOR, Role.ADMINISTRATOR)


@require_safe
@exchange_staff
def show_exports(request: HttpRequest, desk: Desk) -> HttpResponse:
    return _page(request, desk, _form(desk))


@require_POST
@exchange_staff
def export_new_rows(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """Claim what is new and hand it over; the run stays in the list to be repeated."""
    form = _form(desk, request)
    if not form.is_valid():
        return _page(request, desk, form, status=422)
    asked = form.cleaned_data
    answer = _written(
        asked["kind"],
        lambda target: exports.export_new(
            actor=desk.actor,
            provider_code=asked["provider"],
            what=asked["what"],
            target=target,
            at=timezone.now(),
        ),
    )
    if answer is None:
        messages.info(request, _("Нового для выгрузки нет."))
        return redirect("desk-exports")
    return answer


@require_POST
@exchange_staff
def download_again(request: HttpRequest, desk: Desk, number: int) -> HttpResponseBase:
    """The same rows once more, until their receipt is confirmed."""
    run = get_export_run(actor=desk.actor, number=number)
    kind = request.POST.get("kind", "")
    answer = _written(
        kind if kind in exports.KINDS else exports.KINDS[0],
        lambda target: exports.repeat_run(
            actor=desk.actor,
            provider_code=run.provider_code,
            number=number,
            target=target,
            at=timezone.now(),
        ),
    )
    assert answer is not None  # noqa: S101 -- a repeated run always gives its file
    return answer


@require_POST
@exchange_staff
def acknowledge(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    run = get_export_run(actor=desk.actor, number=number)
    exports.acknowledge_run(
        actor=desk.actor, provider_code=run.provider_code, number=number, at=timezone.now()
    )
    messages.success(
        request, _("Получение выгрузки № %(number)s подтверждено.") % {"number": number}
    )
    return redirect("desk-exports")


def _form(desk: Desk, request: HttpRequest | None = None) -> NewExport:
    providers = get_exchanging_providers(actor=desk.actor)
    return NewExport(request.POST if request else None, providers=providers)


def _page(request: HttpRequest, desk: Desk, form: NewExport, status: int = 200) -> HttpResponse:
    runs = [
        (run, WHAT_WORDS.get(run.what, run.what), TAG_KINDS[run.status])
        for run in get_export_runs(actor=desk.actor)
    ]
    return render(request, "desk/exports/list.html", {"form": form, "runs": runs}, status=status)


def _written(kind: str, write: Write) -> FileResponse | None:
    written = open_written(kind, write)
    if written is None:
        return None
    _run, name, file = written
    response = FileResponse(file, as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    return response
