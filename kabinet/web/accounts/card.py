"""What the provider knows about the account and its home (ACC-31, 35, 36), and whom to ask (ACC-31)."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import LinkedAccountRow, get_subscriber_card
from kabinet.metering.queries import get_readings_summary
from kabinet.offices.queries import get_branch_offices
from kabinet.providers.enums import Feature
from kabinet.web.portal import Portal, account_page, open_own_account


@require_safe
@account_page(Feature.SUBSCRIBER)
def subscriber(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    """The card; its meters where they are open to this reader."""
    at = timezone.now()
    card = get_subscriber_card(
        actor=portal.actor, account_id=account.id, today=account.local_date(at)
    )
    meters = (
        get_readings_summary(actor=portal.actor, account_id=account.id, at=at).in_force
        if account.opens(Feature.METERS)
        else None
    )
    return render(
        request,
        "web/accounts/subscriber.html",
        {"account": account, "card": card, "meters": meters, "is_stale": account.is_stale(at)},
    )


@require_safe
def service_centre(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Where to go and whom to call; no section switch and no level closes it: people must find help."""
    portal, account = open_own_account(request, account_id)
    offices = get_branch_offices(actor=portal.actor, account_id=account.id)
    return render(
        request,
        "web/accounts/service_centre.html",
        {"account": account, "offices": offices, "is_stale": account.is_stale(timezone.now())},
    )
