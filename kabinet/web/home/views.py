"""The home page: what is owed, until when, what to do next (ACC-28, 30, 32, 34)."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing import queries
from kabinet.providers.enums import Feature
from kabinet.web.home import cards
from kabinet.web.home.notices import notices
from kabinet.web.portal import CURRENT, Portal, open_portal
from kabinet.web.readings.page import ReadingsPage, build_page


@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    """The account that was open last; all accounts together come first."""
    portal = open_portal(request)
    if portal.account is None:
        return render(request, "web/home/no_account.html")
    return _render(request, portal, portal.account, totals_first=True)


@require_safe
def show_account_home(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """One account's home; it stays the open one (ACC-24)."""
    portal = open_portal(request, account_id)
    assert portal.account is not None  # noqa: S101 -- open_portal raises instead
    if request.session.get(CURRENT) != str(account_id):
        request.session[CURRENT] = str(account_id)
    return _render(request, portal, portal.account, totals_first=False)


def _render(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow, *, totals_first: bool
) -> HttpResponse:
    at = timezone.now()
    money = queries.get_home_money(
        actor=portal.actor, accounts=portal.accounts, account=account, at=at
    )
    return render(
        request,
        "web/home/home.html",
        _context(portal, account, money, at) | {"totals_first": totals_first},
    )


def _readings(portal: Portal, account: LinkedAccountRow, at: datetime) -> ReadingsPage | None:
    """The form of readings, where the account has meters and this person may see them; three queries."""
    if not account.opens(Feature.METERS):
        return None
    page = build_page(actor=portal.actor, account=account, at=at)
    return page if page.boxes else None


def _context(
    portal: Portal, account: LinkedAccountRow, money: queries.HomeMoneyRow, at: datetime
) -> dict[str, object]:
    due = money.dues[account.id]
    readings = _readings(portal, account, at)
    meters = readings.summary.in_force if readings else ()
    shows_form = readings is not None and cards.asks_for_readings(readings)
    year = cards.year_of_charges(money.months)
    return {
        "account": account,
        "due": due,
        "services": cards.largest_services(due),
        "more_services": cards.more_services(due),
        "page": readings,
        "shows_form": shows_form,
        "side_by_side": year is not None and not (shows_form and cards.is_tall(readings)),
        "year": year,
        "bills": money.bills,
        "notices": notices(account=account, due=due, meters=meters, at=at),
        "totals": cards.totals(portal.accounts, money) if len(portal.accounts) > 1 else None,
    }
