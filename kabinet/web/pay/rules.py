"""The rules of payment of one provider, and on what conditions it keeps cards (PAY-25, 41)."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.payments.offers import CARD_OFFER
from kabinet.payments.queries.means import HelpRow, get_beside
from kabinet.payments.queries.offers import get_offers
from kabinet.web.pay.help_words import rules_of
from kabinet.web.portal import Portal, open_portal


@require_safe
def show_rules(request: HttpRequest, code: str) -> HttpResponse:
    portal = open_portal(request)
    own = _own(portal, code)
    provider = own[0].provider
    helps = get_beside(actor=portal.actor, accounts=own[:1]).helps
    rules = rules_of(provider, helps.get(provider.id, HelpRow()))
    return render(request, "web/pay/rules.html", {"provider": provider, "rules": rules})


@require_safe
def show_card_offer(request: HttpRequest, code: str) -> HttpResponse:
    provider = _own(open_portal(request), code)[0].provider
    offer = get_offers(CARD_OFFER, provider_ids=[provider.id])[provider.id]
    return render(request, "web/pay/card_offer.html", {"provider": provider, "offer": offer})


def _own(portal: Portal, code: str) -> Sequence[LinkedAccountRow]:
    own = [account for account in portal.accounts if account.provider.code == code]
    if not own:
        raise Http404
    return own
