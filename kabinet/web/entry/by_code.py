"""Signing in by a code to an own contact instead of a password (IDN-22, 23; MOB-04)."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kabinet.identity import operations, sessions
from kabinet.identity.enums import CodePurpose, Messenger, SignInWay
from kabinet.identity.messengers.offered import offered_messengers
from kabinet.web.entry.messenger_forms import SignInCode
from kabinet.web.entry.own_codes import CodeFlow, Pending
from kabinet.web.entry.visitors import own_next, sent, visitor, wait_for_code

NEXT = "sign_in_next"
WHERE = "sign_in_where"


def _messenger(request: HttpRequest) -> Messenger | None:
    """Where the code that is under way was asked to go, while that is still offered."""
    kept = request.session.get(WHERE)
    return next((row for row in offered_messengers() if row.value == kept), None)


class SignInFlow(CodeFlow):
    """The pages of a code that may go to a messenger."""

    def _ask_again(
        self,
        request: HttpRequest,
        pending: Pending,
        messenger: Messenger | None = None,
    ) -> uuid.UUID:
        return super()._ask_again(request, pending, messenger or _messenger(request))


FLOW = SignInFlow(
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
    form = SignInCode(sent(request))

    def ask(**asked: Any) -> uuid.UUID:
        messenger = form.messenger
        try:
            code_id = operations.ask_code(**asked, messenger=messenger)
        except operations.CodeTooSoon as refusal:
            # The page of the code that is under way tells where that one went: the other choice waits for its turn.
            pending = FLOW.pending(request)
            if (
                pending
                and pending.target == asked["identifier"]
                and messenger != _messenger(request)
            ):
                messages.warning(request, wait_for_code(refusal.retry_at))
            raise
        request.session[WHERE] = messenger.value if messenger else ""
        return code_id

    return FLOW.start(request, form, ask)


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

    return FLOW.confirm(request, accept, messenger=_messenger(request))


@login_not_required
@never_cache
@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    return FLOW.resend(request)
