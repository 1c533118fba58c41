from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kabinet.identity import operations, sessions
from kabinet.identity.enums import CodePurpose, SignInWay
from kabinet.identity.passwords import PasswordRefused
from kabinet.identity.queries import get_code
from kabinet.web.entry import forms
from kabinet.web.entry.own_codes import CodeFlow, Pending
from kabinet.web.entry.visitors import UNPROCESSABLE, sent, visitor

FLOW = CodeFlow(
    key="recovery",
    purpose=CodePurpose.RECOVERY,
    start_page="web/entry/recovery.html",
    start_name="account_reset_password",
    code_page="web/entry/recovery_code.html",
    code_name="account_confirm_password_reset_code",
)
PASSWORD_PAGE = "web/entry/recovery_password.html"  # noqa: S105 -- a template


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    return FLOW.start(request)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    def accept(pending: Pending, code: str) -> HttpResponse:
        operations.confirm_code(
            actor=visitor(request),
            purpose=CodePurpose.RECOVERY,
            code_id=pending.code_id,
            code=code,
            at=timezone.now(),
        )
        return redirect("account_complete_password_reset")

    return FLOW.confirm(request, accept)


@login_not_required
@never_cache
@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    return FLOW.resend(request)


@login_not_required
@never_cache
@sensitive_post_parameters("new", "repeat")
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    pending = FLOW.pending(request)
    if pending is None:
        return redirect("account_reset_password")
    code = get_code(public_id=pending.code_id, purpose=CodePurpose.RECOVERY)
    if code is None or not code.is_confirmed:
        return redirect("account_confirm_password_reset_code")
    form = forms.NewPassword(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            user_id = operations.choose_password(
                actor=visitor(request),
                code_id=pending.code_id,
                password=form.cleaned_data["new"],
                at=timezone.now(),
            )
        except PasswordRefused as refusal:
            form.add_error("new", refusal.messages)
        except operations.CodeExpired as refusal:
            messages.warning(request, str(refusal))
            return redirect("account_confirm_password_reset_code")
        else:
            FLOW.forget(request)
            messages.success(request, _("Новый пароль сохранён. На других устройствах вы вышли."))
            return sessions.sign_in(
                request,
                user_id=user_id,
                way=SignInWay.RECOVERY,
                redirect_url=reverse("home"),
            )
    status = UNPROCESSABLE if form.errors else 200
    return render(request, PASSWORD_PAGE, {"form": form}, status=status)
