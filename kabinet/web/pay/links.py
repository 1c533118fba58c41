"""Links for payment: the holder's page that makes them, and the page that they open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel import qr
from kabinet.kernel.limits import TooManyAttempts, spoken_wait
from kabinet.kernel.secrets import SecretUnreadable, seal, unseal
from kabinet.payments.enums import Origin
from kabinet.payments.operations.links import (
    TooManyLinks,
    count_wrong_token,
    create_link,
    require_few_wrong_tokens,
    revoke_link,
)
from kabinet.payments.queries.guests import some_provider_takes_guests_money
from kabinet.payments.queries.links import LinkGone, LinkRow, get_links, open_link
from kabinet.providers.enums import Feature
from kabinet.web.entry.visitors import limited
from kabinet.web.pay.codes import code_path
from kabinet.web.pay.guest_form import GuestPayment, answer
from kabinet.web.portal import Portal, account_page

# The newest address stays with its maker's session, sealed, until it is revoked or replaced.
NEWEST = "newest_pay_link"
GONE = 404


@require_http_methods(["GET", "HEAD", "POST"])
@account_page(Feature.PAY)
def share(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    """Make links, show the newest with its code, revoke what is no longer wanted."""
    if not account.is_extended:
        context: dict[str, Any] = {"account": account, "feature": Feature.PAY}
        return render(request, "web/accounts/upgrade_offer.html", context, status=403)
    if request.method == "POST":
        _act(request, portal, account)
        return redirect("pay-share", account_id=account.public_id)
    links = get_links(actor=portal.actor, account_id=account.id, at=timezone.now())
    token = _newest(request, links)
    address = settings.SITE_URL.rstrip("/") + reverse("pay-link", args=[token]) if token else ""
    code = qr.encode(address.encode()) if address else ()
    return render(
        request,
        "web/pay/share.html",
        {
            "account": account,
            "links": links,
            "newest": _kept(request).get("digest", ""),
            "address": address,
            "code_size": len(code) + 8,
            "code_path": code_path(code),
        },
    )


def _act(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> None:
    at = timezone.now()
    digest = request.POST.get("revoke", "")
    if digest:
        revoke_link(actor=portal.actor, account_id=account.public_id, digest=digest, at=at)
        messages.success(request, _("Ссылка отозвана: по ней больше не заплатить."))
        return
    try:
        link = create_link(actor=portal.actor, account_id=account.public_id, at=at)
    except TooManyLinks as refusal:
        messages.warning(request, str(refusal))
        return
    request.session[NEWEST] = {"digest": link.digest, "token": seal(link.token)}


def _kept(request: HttpRequest) -> dict[str, str]:
    kept: dict[str, str] = request.session.get(NEWEST) or {}
    return kept


def _newest(request: HttpRequest, links: Sequence[LinkRow]) -> str:
    """The token of the link made last, while it is in force and of this account."""
    kept = _kept(request)
    if kept.get("digest") not in {link.digest for link in links}:
        return ""
    try:
        return unseal(kept["token"])
    except SecretUnreadable:
        return ""


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def pay_link(request: HttpRequest, token: str) -> HttpResponse:
    """Let whoever has the link pay what is due; everything that opens nothing looks the same."""
    at, address = timezone.now(), request.META.get("REMOTE_ADDR", "")
    try:
        require_few_wrong_tokens(address=address, at=at)
        opened = open_link(token=token, address=address, at=at)
    except TooManyAttempts as refusal:
        return _gone(request, refusal, at)
    except LinkGone as gone:
        if not gone.is_known:
            count_wrong_token(address=address, at=at)
        return _gone(request)
    payment = GuestPayment(
        account=opened.account,
        actor=opened.actor,
        origin=Origin.LINK,
        template="web/pay/link.html",
        action=reverse("pay-link", args=[token]),
        context={"number": opened.number},
    )
    return answer(request, payment, at=at)


def _gone(
    request: HttpRequest, refusal: TooManyAttempts | None = None, at: datetime | None = None
) -> HttpResponse:
    wait = spoken_wait(refusal.until - at) if refusal and at else ""
    context = {"wait": wait, "takes_guests_money": some_provider_takes_guests_money()}
    response = render(request, "web/pay/link_gone.html", context, status=GONE)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "private, no-store"
    return limited(response, refusal) if refusal else response
