"""A provider's rules of payment for whoever pays without signing in: a public offer (PAY-25)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kabinet.payments.queries.guests import get_public_rules
from kabinet.web.pay.help_words import rules_of


@login_not_required
@require_safe
def show_rules(request: HttpRequest, code: str) -> HttpResponse:
    provider, own = get_public_rules(code=code)
    context = {"provider": provider, "rules": rules_of(provider, own)}
    return render(request, "web/pay/guest_rules.html", context)
