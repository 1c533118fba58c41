"""A year's bills as one file: asked for, watched and fetched; works by plain refreshing too."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing import archives, queries
from kabinet.providers.enums import Feature
from kabinet.ui.files import private_file
from kabinet.web.portal import Portal, account_page


@require_POST
@account_page(Feature.BILLS)
def request_archive(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow, *, year: int
) -> HttpResponse:
    archives.request_archive(
        actor=portal.actor, account_id=account.id, year=year, at=timezone.now()
    )
    if request.htmx:  # type: ignore[attr-defined]
        return _state(request, portal, account, year)
    return redirect(_page(account, year))


@require_safe
@account_page(Feature.BILLS)
def show_archive(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow, *, year: int
) -> HttpResponse:
    """The piece of the page that tells how far it has come; by itself it leads to the page."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(_page(account, year))
    return _state(request, portal, account, year)


@require_safe
@account_page(Feature.BILLS)
def download_archive(
    _request: HttpRequest, portal: Portal, account: LinkedAccountRow, *, year: int
) -> HttpResponse:
    archive = archives.open_archive(
        actor=portal.actor, account_id=account.id, year=year, at=timezone.now()
    )
    return private_file(archive.content, name=archive.file_name, content_type="application/zip")


def _state(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow, year: int
) -> HttpResponse:
    archive = queries.get_archive(
        actor=portal.actor, account_id=account.id, year=year, at=timezone.now()
    )
    return render(
        request,
        "web/bills/_archive.html",
        {"account": account, "archive": archive, "year": year},
    )


def _page(account: LinkedAccountRow, year: int) -> str:
    return f"{reverse('bills', kwargs={'account_id': account.public_id})}?year={year}#archive"
