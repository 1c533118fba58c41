"""Pages about meters and about what became of a reading (MET-01, 02, 31, 32)."""

from __future__ import annotations

import uuid
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.queries import BilledServiceRow, get_billed_service, get_current_tariffs
from kabinet.exchange.handovers import get_reading_handover
from kabinet.metering.operations import TooLateToWithdraw, withdraw_reading
from kabinet.metering.queries import (
    get_reading_history,
    get_reading_passport,
    get_readings_summary,
)
from kabinet.metering.rows import PassportRow
from kabinet.providers.enums import Feature
from kabinet.web.portal import Portal, account_page
from kabinet.web.readings import history, meters, passport


@require_safe
@account_page(Feature.METERS)
def show_meters(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    """Three queries of its own: meters, their registers, prices."""
    at = timezone.now()
    summary = get_readings_summary(actor=portal.actor, account_id=account.id, at=at)
    today = account.local_date(at)
    tariffs = (
        get_current_tariffs(actor=portal.actor, account_id=account.id, today=today)
        if summary.meters
        else ()
    )
    page = meters.to_page(summary, tariffs, account=account)
    return render(request, "web/readings/meters.html", {"account": account, "page": page})


@require_safe
@account_page(Feature.METERS)
def show_meter_history(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow, meter_id: uuid.UUID
) -> HttpResponse:
    """Four queries of its own, however long the history is; ``?before=`` turns to older readings."""
    before = _day(request.GET.get("before", ""))
    page = get_reading_history(
        actor=portal.actor,
        account_id=account.id,
        meter_id=meter_id,
        at=timezone.now(),
        before=before,
    )
    view = history.to_view(page, account=account, before=before)
    return render(request, "web/readings/history.html", {"account": account, "page": view})


def _day(text: str) -> date | None:
    """An address that was typed by hand and makes no sense opens the first page."""
    try:
        return parse_date(text)
    except ValueError:
        return None


@require_safe
@account_page(Feature.METERS)
def show_passport(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow, reading_id: uuid.UUID
) -> HttpResponse:
    """Three queries for an open reading and two for a settled one, one for its export, two for its bill."""
    at = timezone.now()
    row = get_reading_passport(
        actor=portal.actor, account_id=account.id, reading_id=reading_id, at=at
    )
    handover = (
        get_reading_handover(actor=portal.actor, reading_id=reading_id) if row.is_exported else None
    )
    month, following = passport.accounted_month(row), row.replaced_by
    story = passport.Story(
        row=row,
        account=account,
        handover=handover,
        billed=_billed(portal, account, row),
        bill_url=_address("charges-month", account, month=month) if month else "",
        upgrade_url=_address("account-upgrade", account),
        replacement_url=(
            _address("reading-passport", account, reading_id=following.portal_id)
            if following
            else ""
        ),
        at=at,
    )
    context = {"account": account, "page": passport.to_view(story)}
    return render(request, "web/readings/passport.html", context)


def _billed(portal: Portal, account: LinkedAccountRow, row: PassportRow) -> BilledServiceRow | None:
    month = passport.accounted_month(row)
    if month is None:
        return None
    return get_billed_service(
        actor=portal.actor, account_id=account.id, service_id=row.meter.service_id, period=month
    )


def _address(name: str, account: LinkedAccountRow, **arguments: object) -> str:
    return reverse(name, kwargs={"account_id": account.public_id, **arguments})


@require_POST
@account_page(Feature.SUBMIT_READINGS)
def withdraw(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow, reading_id: uuid.UUID
) -> HttpResponse:
    try:
        withdraw_reading(
            actor=portal.actor, account_id=account.id, portal_id=reading_id, at=timezone.now()
        )
    except TooLateToWithdraw as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Показание отозвано. Можно передать другое."))
    return redirect(_address("reading-passport", account, reading_id=reading_id))
