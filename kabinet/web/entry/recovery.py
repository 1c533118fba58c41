from __future__ import annotations

import uuid

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
from kabinet.identity.enums import CodePurpose, IdentifierKind, SignInWay
from kabinet.identity.identifiers import Identifier
from kabinet.identity.passwords import PasswordRefused
from kabinet.identity.queries import get_code
from kabinet.kernel.limits import TooManyAttempts
from kabinet.ui import captcha
from kabinet.ui.captcha import CaptchaForm, CaptchaNotPassed
from kabinet.web.entry import forms
from kabinet.web.entry.code_page import code_context
from kabinet.web.entry.visitors import UNPROCESSABLE, limited, sent, visitor, wait_for_code

PENDING = "recovery"
START_PAGE = "web/entry/recovery.html"
CODE_PAGE = "web/entry/recovery_code.html"
PASSWORD_PAGE = "web/entry/recovery_password.html"  # noqa: S105 -- a template


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    form = forms.Recovery(sent(request))
    if request.method != "POST":
        return render(request, START_PAGE, {"form": form})
    if form.is_valid():
        identifier = form.cleaned_data["identifier"]
        try:
            captcha.require_passed(request, CaptchaForm.RECOVERY, at=timezone.now())
            code_id = operations.start_recovery(
                actor=visitor(request), identifier=identifier, at=timezone.now()
            )
        except operations.CodeTooSoon as refusal:
            form.add_error("identifier", wait_for_code(refusal.retry_at))
        except (operations.SmsClosed, operations.PersonUnknown) as refusal:
            form.add_error("identifier", str(refusal))
        except CaptchaNotPassed as refusal:
            form.add_error(None, str(refusal))
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
            return limited(render(request, START_PAGE, {"form": form}), refusal)
        else:
            _remember(request, code_id, identifier)
            return redirect("account_confirm_password_reset_code")
    return render(request, START_PAGE, {"form": form}, status=UNPROCESSABLE)


def _remember(request: HttpRequest, code_id: uuid.UUID, identifier: Identifier) -> None:
    request.session[PENDING] = [str(code_id), identifier.kind.value, identifier.value]


def _pending(request: HttpRequest) -> tuple[uuid.UUID, Identifier] | None:
    kept = request.session.get(PENDING)
    if not kept:
        return None
    code_id, kind, value = kept
    return uuid.UUID(code_id), Identifier(IdentifierKind(kind), value)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    pending = _pending(request)
    if pending is None:
        return redirect("account_reset_password")
    code_id, target = pending
    form = forms.Code(sent(request))
    refusal: TooManyAttempts | None = None
    if request.method == "POST" and form.is_valid():
        try:
            operations.confirm_recovery(
                actor=visitor(request),
                code_id=code_id,
                code=form.cleaned_data["code"],
                at=timezone.now(),
            )
        except operations.CodeRefused as wrong:
            form.add_error("code", str(wrong))
        except TooManyAttempts as many:
            refusal = many
            form.add_error(None, str(many))
        else:
            return redirect("account_complete_password_reset")
    context = code_context(
        public_id=code_id, purpose=CodePurpose.RECOVERY, target=target, at=timezone.now()
    )
    status = UNPROCESSABLE if form.errors else 200
    response = render(request, CODE_PAGE, {**context, "form": form}, status=status)
    return limited(response, refusal) if refusal else response


@login_not_required
@never_cache
@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    pending = _pending(request)
    if pending is None:
        return redirect("account_reset_password")
    code_id, target = pending
    try:
        renewed = operations.resend_recovery(code_id=code_id, identifier=target, at=timezone.now())
    except operations.CodeTooSoon as refusal:
        messages.warning(request, wait_for_code(refusal.retry_at))
    else:
        _remember(request, renewed, target)
        messages.success(request, _("Отправили новый код. Прежний больше не действует."))
    return redirect("account_confirm_password_reset_code")


@login_not_required
@never_cache
@sensitive_post_parameters("new", "repeat")
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    pending = _pending(request)
    if pending is None:
        return redirect("account_reset_password")
    code = get_code(public_id=pending[0], purpose=CodePurpose.RECOVERY)
    if code is None or not code.is_confirmed:
        return redirect("account_confirm_password_reset_code")
    form = forms.NewPassword(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            user_id = operations.choose_password(
                actor=visitor(request),
                code_id=pending[0],
                password=form.cleaned_data["new"],
                at=timezone.now(),
            )
        except PasswordRefused as refusal:
            form.add_error("new", refusal.messages)
        except operations.CodeExpired as refusal:
            messages.warning(request, str(refusal))
            return redirect("account_confirm_password_reset_code")
        else:
            del request.session[PENDING]
            messages.success(request, _("Новый пароль сохранён. На других устройствах вы вышли."))
            return sessions.sign_in(
                request,
                user_id=user_id,
                way=SignInWay.RECOVERY,
                redirect_url=reverse("home"),
            )
    status = UNPROCESSABLE if form.errors else 200
    return render(request, PASSWORD_PAGE, {"form": form}, status=status)
