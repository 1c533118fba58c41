"""«Статистика»: use, charges and payments by month as a graph, as a table and as a file (BIL-19, MET-37)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.providers.enums import Feature
from kabinet.ui.files import private_file
from kabinet.web.portal import Portal, account_page
from kabinet.web.statistics import downloads
from kabinet.web.statistics.downloads import FileKind
from kabinet.web.statistics.figures import draw_figures
from kabinet.web.statistics.page import StatisticsPage, open_page


@require_safe
@account_page(Feature.STATISTICS)
def show_statistics(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow
) -> HttpResponse:
    page = _page(request, portal, account)
    is_part = bool(request.htmx)  # type: ignore[attr-defined]  # set by HtmxMiddleware
    response = render(
        request,
        "web/statistics/_result.html" if is_part and page else "web/statistics/statistics.html",
        {
            "account": account,
            "page": page,
            "form": page.form if page else None,
            "figures": draw_figures(page) if page else "",
            "is_part": is_part,
        },
        status=422 if page and page.form.errors and not is_part else 200,
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@account_page(Feature.STATISTICS)
def download_statistics(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow, *, kind: FileKind
) -> HttpResponse:
    """Give exactly what the page of the same address shows."""
    page = _page(request, portal, account)
    if page is None:
        raise Http404
    return private_file(
        downloads.write(page, kind),
        name=downloads.file_name(page, account.number, kind),
        content_type=downloads.CONTENT_TYPES[kind],
    )


def _page(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> StatisticsPage | None:
    today = account.local_date(timezone.now())
    return open_page(actor=portal.actor, account=account, given=request.GET, today=today)
