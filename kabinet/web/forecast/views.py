"""«Прогноз на этот месяц»: a page of its own, and the same as a card that other pages load after themselves."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.forecast import Forecast
from kabinet.billing.queries.forecast import get_forecast
from kabinet.providers.enums import Feature
from kabinet.web.forecast.words import services_of, why_not
from kabinet.web.portal import Portal, account_page


@require_safe
@account_page(Feature.STATISTICS)
def show_forecast(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    """As a card it is empty where there is nothing to forecast from; why, the page says."""
    told = get_forecast(actor=portal.actor, account=account, at=timezone.now())
    found = told if isinstance(told, Forecast) else None
    is_card = bool(request.htmx)  # type: ignore[attr-defined]  # set by HtmxMiddleware
    response = render(
        request,
        "web/forecast/_card.html" if is_card else "web/forecast/forecast.html",
        {
            "account": account,
            "forecast": found,
            "services": services_of(found) if found else [],
            "why_not": why_not(told, account=account),
            "is_wide": "wide" in request.GET,
        },
    )
    patch_vary_headers(response, ["HX-Request"])
    return response
