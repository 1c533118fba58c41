"""The home page: what is owed, until when, what to do next (ACC-28, 30–34)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.providers.enums import Feature
from kabinet.web.home import cards  # noqa: F401 -- importing them registers them
from kabinet.web.home.blocks import Card, build_card, build_cards
from kabinet.web.home.cards.answer import ANSWER, TOTALS
from kabinet.web.home.page import HomePage
from kabinet.web.portal import CURRENT, Portal, account_page, open_portal


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


@require_safe
@account_page(Feature.BALANCE)
def refresh_due(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    """The sum due as it is known now, for the button beside it (BIL-09, ACC-42); a page for everybody else."""
    if not request.htmx:  # type: ignore[attr-defined]  # set by HtmxMiddleware
        return redirect("account-home", account_id=account.public_id)
    card = None
    if "card" in request.GET:
        totals_first = request.GET["card"] == "second"
        card = build_card(ANSWER, HomePage(portal, account, timezone.now(), totals_first))
    return render(request, "web/home/due.html", {"account": account, "card": card})


def _render(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow, *, totals_first: bool
) -> HttpResponse:
    shown = _cards(HomePage(portal, account, timezone.now(), totals_first))
    return render(
        request,
        "web/home/home.html",
        {
            "account": account,
            "cards": shown,
            "shows_form": any(card.context.get("shows_form") for card in shown),
        },
    )


def _cards(page: HomePage) -> Sequence[Card]:
    answer, totals = build_card(ANSWER, page), build_card(TOTALS, page)
    own = [answer, *build_cards(page)]
    ordered = [totals, *own] if page.totals_first else [*own, totals]
    return [card for card in ordered if card is not None]
