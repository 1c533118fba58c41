"""What happened on the account, and what its services cost: «События» (BIL-16) and «Тарифы» (BIL-22)."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing import queries
from kabinet.billing.queries.events import MONTHS_AT_ONCE
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature
from kabinet.web.bills.forms import TariffMonthForm
from kabinet.web.bills.section import frame, shown_since, this_month
from kabinet.web.portal import Portal, account_page, open_own_account


@require_safe
@account_page(Feature.CHARGES)
def show_events(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    """Half a year at a time, newest first; ``?to=2026-05`` names the last month to show."""
    since, today = shown_since(account), this_month(account)
    span = queries.get_event_span(
        actor=portal.actor, account_id=account.id, since=since, today=today
    )
    asked = _month(request.GET.get("to"))
    oldest, newest = span or (today, today)
    last = min(max(asked or newest, since), newest)
    first = max(last.plus(1 - MONTHS_AT_ONCE), since)
    events = queries.get_events(actor=portal.actor, account_id=account.id, first=first, last=last)
    return render(
        request,
        "web/bills/events.html",
        {
            **frame(account, "events"),
            "events": events,
            "earlier": first.plus(-1) if first > oldest else None,
            "later": min(last.plus(MONTHS_AT_ONCE), newest) if last < newest else None,
            "cut_to": since if asked is not None and asked < since else None,
            "is_empty": span is None and not events.months,
        },
    )


def _month(text: str | None) -> Period | None:
    try:
        return Period.parse(text or "")
    except ValueError:
        return None


@require_safe
def show_tariffs(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Prices are public knowledge: no switch and no level closes them to a holder."""
    portal, account = open_own_account(request, account_id)
    since, today = shown_since(account), this_month(account)
    form = TariffMonthForm(request.GET or None)
    asked = form.cleaned_data.get("month") if form.is_bound and form.is_valid() else None
    period = min(max(asked or today, since), today.plus(MONTHS_AT_ONCE))
    services = queries.get_tariff_history(
        actor=portal.actor, account_id=account.id, period=period, since=since
    )
    return render(
        request,
        "web/bills/tariffs.html",
        {
            **frame(account, "tariffs"),
            "form": form if form.is_bound else TariffMonthForm(initial={"month": period}),
            "services": services,
            "period": period,
            "is_now": period == today,
            "cut_to": since if asked is not None and asked < since else None,
        },
        status=422 if form.errors else 200,
    )
