"""Signing in by a QR code: the waiting screen, and the phone that lets it in (IDN-25, MOB-21)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kabinet.channels.letters import site_link
from kabinet.identity import operations, queries, sessions
from kabinet.identity.enums import QrState, SignInWay
from kabinet.kernel import qr
from kabinet.kernel.limits import TooManyAttempts
from kabinet.web.entry.visitors import (
    limited,
    own_next,
    seconds_until,
    user_agent,
    visitor,
    written_wait,
)
from kabinet.web.pay.codes import code_path
from kabinet.web.portal import actor_of, open_portal

PENDING, NEXT, RENEWED = "qr", "qr_next", "qr_renewed"
# How often a screen that nobody touches shows a new code by itself (IDN-25): eight minutes in all.
RENEWALS = 3
PAGE, STATE_PART = "web/entry/qr.html", "web/entry/_qr_state.html"
ASK_PAGE, GONE_PAGE = "web/entry/qr_ask.html", "web/entry/qr_gone.html"
GONE = 410


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Show the code that this browser waits with; a button makes a new one."""
    if request.user.is_authenticated:
        return redirect("home")
    if request.method == "POST":
        return _issue(request)
    return render(request, PAGE, _waiting(request))


def _issue(request: HttpRequest) -> HttpResponse:
    try:
        issued = operations.issue_qr(
            actor=visitor(request), user_agent=user_agent(request), at=timezone.now()
        )
    except TooManyAttempts as refusal:
        context = {"state": None, "refusal": str(refusal)}
        return limited(render(request, PAGE, context), refusal)
    request.session[PENDING] = [str(issued.public_id), issued.code, issued.browser]
    renewed = request.session.get(RENEWED, 0)
    request.session[RENEWED] = renewed + 1 if "by_itself" in request.POST else 0
    request.session[NEXT] = own_next(request) or request.session.get(NEXT, "")
    return redirect("qr-sign-in")


@login_not_required
@never_cache
@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """Give the part of the page that changes: it is asked for every other second."""
    return render(request, STATE_PART, _waiting(request))


def _waiting(request: HttpRequest) -> Mapping[str, object]:
    kept = request.session.get(PENDING)
    at = timezone.now()
    if kept is None:
        return {"state": None}
    row = queries.get_qr(public_id=uuid.UUID(kept[0]))
    if row is None:
        return {"state": None}
    if row.expires_at <= at:
        return {"state": "expired", "renews": request.session.get(RENEWED, 0) < RENEWALS}
    if row.state is not QrState.WAITING:
        return {"state": row.state.value}
    left = seconds_until(row.expires_at, at)
    rows = qr.encode(_address(uuid.UUID(kept[0]), kept[1]).encode())
    return {
        "state": row.state.value,
        "code": code_path(rows),
        "side": len(rows),
        "seconds_left": left,
        "time_left": written_wait(left),
    }


def _address(public_id: uuid.UUID, code: str) -> str:
    return site_link("qr-ask", public_id=public_id, code=code)


@login_not_required
@never_cache
@require_POST
def finish(request: HttpRequest) -> HttpResponse:
    """Sign in the browser that asked, once the phone has confirmed."""
    kept = request.session.pop(PENDING, None)
    if kept is None:
        return redirect("account_login")
    try:
        user_id = operations.spend_qr(
            public_id=uuid.UUID(kept[0]), browser=kept[2], at=timezone.now()
        )
    except operations.QrGone as refusal:
        messages.warning(request, str(refusal))
        return redirect("qr-sign-in")
    address = request.session.pop(NEXT, "") or reverse("home")
    return sessions.sign_in(request, user_id=user_id, way=SignInWay.QR, redirect_url=address)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, public_id: uuid.UUID, code: str) -> HttpResponse:
    """Ask the person on the phone whether that browser is theirs, and do as they say."""
    open_portal(request)
    at = timezone.now()
    try:
        if request.method != "POST":
            row = operations.read_qr(public_id=public_id, code=code, at=at)
            return render(request, ASK_PAGE, {"row": row})
        is_confirmed = request.POST.get("do") == "confirm"
        operations.decide_qr(
            actor=actor_of(request),
            public_id=public_id,
            code=code,
            is_confirmed=is_confirmed,
            at=at,
        )
    except operations.QrGone as refusal:
        return render(request, GONE_PAGE, {"reason": str(refusal)}, status=GONE)
    if is_confirmed:
        messages.success(request, _("Готово: кабинет открывается на том устройстве."))
    else:
        messages.success(request, _("Вход отклонён. Там никто не вошёл."))
    return redirect("home")


@never_cache
@require_safe
def scanner(request: HttpRequest) -> HttpResponse:
    """Lead the phone's camera to the code on the other screen (MOB-21)."""
    open_portal(request)
    start = site_link("home").rstrip("/") + reverse("qr-scanner")
    return render(request, "web/entry/qr_scanner.html", {"own_codes": start})
