from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kabinet.identity import operations, queries, sessions
from kabinet.identity.enums import ConsentChannel
from kabinet.ui.asked import whole_number
from kabinet.web.entry.forms import Ticks
from kabinet.web.entry.visitors import UNPROCESSABLE, own_next, sent, user_agent
from kabinet.web.portal import actor_of

VERSION_DIGITS = 4


def _version(request: HttpRequest) -> int | None:
    return whole_number(request.GET.get("version"), digits=VERSION_DIGITS)


@login_not_required
@require_safe
def document(request: HttpRequest, slug: str) -> HttpResponse:
    row = queries.get_document(slug=slug, version=_version(request))
    others = [other for other in queries.get_current_documents() if other.slug != slug]
    return render(request, "web/entry/document.html", {"document": row, "others": others})


@login_not_required
@require_safe
def document_file(request: HttpRequest, slug: str) -> HttpResponse:
    """Give the text as a file to keep; its name says the version (IDN-19)."""
    row = queries.get_document(slug=slug, version=_version(request))
    response = HttpResponse(
        f"{row.title}\n\n{row.text}\n", content_type="text/plain; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{row.slug}-{row.version}.txt"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """Ask for the documents that are missing, then go on to where the person was heading (IDN-18)."""
    actor = actor_of(request)
    address = own_next(request) or "home"
    missing = queries.get_missing_documents(actor=actor)
    if not missing:
        sessions.note_consents_given(request)
        return redirect(address)
    form = Ticks(sent(request), documents=missing)
    if request.method == "POST" and form.is_valid():
        acceptance = operations.Acceptance(
            document_ids=form.ticked,
            channel=ConsentChannel.CONSENT_PAGE,
            user_agent=user_agent(request),
        )
        operations.give_consents(actor=actor, acceptance=acceptance, at=timezone.now())
        sessions.note_consents_given(request)
        return redirect(address)
    context = {"form": form, "next": own_next(request)}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "web/entry/consent.html", context, status=status)
