from __future__ import annotations

from django.conf import settings
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
from kabinet.identity.session_store import renew_key
from kabinet.web.entry import forms
from kabinet.web.entry.own_codes import CodeFlow, Pending
from kabinet.web.entry.visitors import UNPROCESSABLE, own_next, sent, visitor
from kabinet.web.portal import actor_of

FLOW = CodeFlow(
    key="recovery",
    purpose=CodePurpose.RECOVERY,
    start_page="web/entry/recovery.html",
    start_name="account_reset_password",
    code_page="web/entry/recovery_code.html",
    code_name="account_confirm_password_reset_code",
)
FOUND = 302
CHOSEN, NEXT = "recovery_password", "recovery_next"
PASSWORD_PAGE = "web/entry/recovery_password.html"  # noqa: S105 -- a template


@login_not_required
@never_cache
@sensitive_post_parameters("new", "repeat")
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        request.session[NEXT] = own_next(request)
    return _STARTS[settings.RECOVERY](request)


def _start_with_password(request: HttpRequest) -> HttpResponse:
    """Take the new password before the code; the session keeps its hash (IDN-33)."""
    form = forms.RecoveryWithPassword(sent(request))
    response = FLOW.start(request, form)
    if response.status_code == FOUND:
        request.session[CHOSEN] = operations.hash_acceptable(
            identifier=form.cleaned_data["identifier"], password=form.cleaned_data["new"]
        )
    return response


def _send_temporary(request: HttpRequest) -> HttpResponse:
    """Send a temporary password, and lead back to where it is typed (IDN-34)."""
    form = forms.RecoveryByTemporary(sent(request))
    response = FLOW.start(request, form, operations.ask_temporary_password)
    if response.status_code != FOUND:
        return response
    FLOW.forget(request)
    messages.success(
        request,
        _("Если такой кабинет есть, временный пароль уже в пути. Войдите с ним и задайте свой."),
    )
    return redirect(_sign_in_page(request.session.pop(NEXT, "")))


_STARTS = {
    "code_first": FLOW.start,
    "password_first": _start_with_password,
    "temporary": _send_temporary,
}


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
        renew_key(request)
        hashed = request.session.pop(CHOSEN, None)
        if hashed is None:
            return redirect("account_complete_password_reset")
        user_id = operations.keep_chosen_password(
            actor=visitor(request), code_id=pending.code_id, hashed=hashed, at=timezone.now()
        )
        return _enter(request, user_id)

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
            return _enter(request, user_id)
    status = UNPROCESSABLE if form.errors else 200
    return render(request, PASSWORD_PAGE, {"form": form}, status=status)


def _enter(request: HttpRequest, user_id: int) -> HttpResponse:
    """Go on after the new password is set, as this deployment wants it."""
    FLOW.forget(request)
    wanted = request.session.pop(NEXT, "")
    if settings.RECOVERY_AFTER == "sign-in":
        messages.success(request, _("Новый пароль сохранён. Войдите с ним."))
        return redirect(_sign_in_page(wanted))
    messages.success(request, _("Новый пароль сохранён. На других устройствах вы вышли."))
    return sessions.sign_in(
        request, user_id=user_id, way=SignInWay.RECOVERY, redirect_url=wanted or reverse("home")
    )


def _sign_in_page(wanted: str) -> str:
    return reverse("account_login", query={"next": wanted} if wanted else {})


@never_cache
@sensitive_post_parameters("new", "repeat")
@require_http_methods(["GET", "HEAD", "POST"])
def replace_temporary(request: HttpRequest) -> HttpResponse:
    """Ask whoever came in with a temporary password for an own one (IDN-32, B)."""
    if not sessions.must_change_password(request):
        return redirect("account_change_password")
    form = forms.NewPassword(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            operations.replace_temporary_password(
                actor=actor_of(request), password=form.cleaned_data["new"], at=timezone.now()
            )
        except PasswordRefused as refusal:
            form.add_error("new", refusal.messages)
        except operations.OwnPasswordThere as refusal:
            messages.warning(request, str(refusal))
            sessions.keep_signed_in(request)
            return redirect("home")
        else:
            sessions.keep_signed_in(request)
            messages.success(request, _("Новый пароль сохранён. На других устройствах вы вышли."))
            return redirect("home")
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "web/entry/own_password.html", {"form": form}, status=status)
