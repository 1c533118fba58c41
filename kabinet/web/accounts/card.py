"""What the provider knows about the account and its home (ACC-31, 35, 36)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import LinkedAccountRow, get_subscriber_card
from kabinet.providers.enums import Feature
from kabinet.web.portal import Portal, account_page


@require_safe
@account_page(Feature.SUBSCRIBER)
def subscriber(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    card = get_subscriber_card(
        actor=portal.actor,
        public_id=account.public_id,
        today=account.local_date(timezone.now()),
    )
    return render(request, "web/accounts/subscriber.html", {"account": account, "card": card})
