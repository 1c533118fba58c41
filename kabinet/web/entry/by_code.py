"""Signing in by a code to an own contact instead of a password (IDN-22, 23; MOB-04)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kabinet.identity import operations, sessions
from kabinet.identity.enums import CodePurpose, SignInWay
from kabinet.web.entry.own_codes import CodeFlow, Pending
from kabinet.web.entry.visitors import own_next, visitor

NEXT = "sign_in_next"
FLOW = CodeFlow(
    key="sign_in_code",
    purpose=CodePurpose.SIGN_IN,
    start_page="web/entry/by_code.html",
    start_name="account_request_login_code",
    code_page="web/entry/by_code_code.html",
    code_name="account_confirm_login_code",
)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    if request.method == "POST":
        request.session[NEXT] = own_next(request)
        sessions.remember(request, is_own_device=bool(request.POST.get("remember")))
    return FLOW.start(request)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")

    def accept(pending: Pending, code: str) -> HttpResponse:
        user_id = operations.sign_in_by_code(
            actor=visitor(request), code_id=pending.code_id, code=code, at=timezone.now()
        )
        FLOW.forget(request)
        address = request.session.pop(NEXT, "") or reverse("home")
        return sessions.sign_in(request, user_id=user_id, way=SignInWay.CODE, redirect_url=address)

    return FLOW.confirm(request, accept)


@login_not_required
@never_cache
@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    return FLOW.resend(request)
