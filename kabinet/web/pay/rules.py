"""The rules of payment of one provider (PAY-25)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kabinet.payments.queries.means import HelpRow, get_beside
from kabinet.web.pay.help_words import rules_of
from kabinet.web.portal import open_portal


@require_safe
def show_rules(request: HttpRequest, code: str) -> HttpResponse:
    portal = open_portal(request)
    own = [account for account in portal.accounts if account.provider.code == code]
    if not own:
        raise Http404
    provider = own[0].provider
    helps = get_beside(actor=portal.actor, accounts=own[:1]).helps
    rules = rules_of(provider, helps.get(provider.id, HelpRow()))
    return render(request, "web/pay/rules.html", {"provider": provider, "rules": rules})
