from __future__ import annotations

import uuid
from collections.abc import Mapping

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

from kabinet.identity import operations, services, sessions
from kabinet.identity.enums import CodePurpose, SignInWay
from kabinet.identity.passwords import PasswordRefused
from kabinet.identity.queries import get_code, required_documents
from kabinet.identity.session_store import renew_key
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import TooManyAttempts
from kabinet.ui import captcha
from kabinet.ui.captcha import CaptchaForm, CaptchaNotPassed
from kabinet.web.entry import forms
from kabinet.web.entry.code_page import code_context
from kabinet.web.entry.visitors import (
    UNPROCESSABLE,
    limited,
    own_next,
    sent,
    user_agent,
    visitor,
    wait_for_code,
)

PENDING = "sign_up"
NEXT = "sign_up_next"
PAGE = "web/entry/sign_up.html"
CODE_PAGE = "web/entry/sign_up_code.html"
# What can be foreseen, and the field beside which it is said; None is above them all.
REFUSALS: Mapping[type[Refused], str | None] = {
    CaptchaNotPassed: None,
    PasswordRefused: "password",
    operations.CodeTooSoon: "identifier",
    operations.PhoneClosed: "identifier",
    operations.EmailClosed: "identifier",
    operations.IdentifierTaken: "identifier",
    operations.NameMissing: "name",
    operations.SecondContactMissing: "second",
    operations.SecondContactTaken: "second",
    operations.ConsentMissing: None,
    operations.SignUpClosed: None,
}


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    documents = required_documents()
    form = forms.SignUp(sent(request), documents=documents)
    context = {
        "form": form,
        "next": own_next(request),
        "by_link": settings.SIGN_UP_PROOF == "link",
        "services": services.offered_services(),
        "closed": "" if documents else operations.SignUpClosed.message,
    }
    if request.method != "POST":
        return render(request, PAGE, context)
    if form.is_valid():
        try:
            captcha.require_passed(request, CaptchaForm.SIGN_UP, at=timezone.now())
            pending = _start(request, form)
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
            return limited(render(request, PAGE, context), refusal)
        except tuple(REFUSALS) as refusal:
            form.add_error(_field_of(refusal), _words_of(refusal))
        else:
            renew_key(request)
            request.session[PENDING] = pending.to_session()
            request.session[NEXT] = context["next"]
            by_link = operations.is_by_link(pending.target)
            return redirect("account_signup_sent" if by_link else "account_signup_code")
    return render(request, PAGE, context, status=UNPROCESSABLE)


def _field_of(refusal: Refused) -> str | None:
    return next(field for kind, field in REFUSALS.items() if isinstance(refusal, kind))


def _words_of(refusal: Refused) -> str | list[str]:
    if isinstance(refusal, PasswordRefused):
        return refusal.messages
    if isinstance(refusal, operations.CodeTooSoon):
        return wait_for_code(refusal.retry_at)
    return str(refusal)


def _start(request: HttpRequest, form: forms.SignUp) -> operations.PendingSignUp:
    """Send a code, unless this browser filled the form again while one is under way."""
    identifier, password = form.cleaned_data["identifier"], form.cleaned_data["password"]
    details = operations.Details(form.called, form.cleaned_data.get("second"))
    now = timezone.now()
    pending = pending_of(request)
    if pending is not None and pending.target == identifier:
        code = get_code(public_id=uuid.UUID(pending.code_id), purpose=CodePurpose.SIGN_UP)
        if code is not None and code.is_alive(now):
            return operations.amend_sign_up(
                pending=pending, password=password, document_ids=form.accepted, details=details
            )
    return operations.start_sign_up(
        actor=visitor(request),
        identifier=identifier,
        password=password,
        document_ids=form.accepted,
        at=now,
        details=details,
    )


def pending_of(request: HttpRequest) -> operations.PendingSignUp | None:
    kept = request.session.get(PENDING)
    return operations.PendingSignUp.from_session(kept) if kept else None


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_code(request: HttpRequest) -> HttpResponse:
    pending = pending_of(request)
    if pending is None or request.user.is_authenticated:
        return redirect("home" if request.user.is_authenticated else "account_signup")
    form = forms.Code(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            return _finish(request, pending, form.cleaned_data["code"])
        except operations.IdentifierTaken as refusal:
            forget(request)
            messages.warning(request, str(refusal))
            return redirect("account_login")
        except operations.CodeRefused as refusal:
            form.add_error("code", str(refusal))
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
            return limited(_show_code(request, pending, form), refusal)
    return _show_code(request, pending, form)


def _show_code(
    request: HttpRequest, pending: operations.PendingSignUp, form: forms.Code
) -> HttpResponse:
    context = code_context(
        public_id=uuid.UUID(pending.code_id),
        purpose=CodePurpose.SIGN_UP,
        target=pending.target,
        at=timezone.now(),
    )
    status = UNPROCESSABLE if form.errors else 200
    return render(request, CODE_PAGE, {**context, "form": form}, status=status)


def _finish(request: HttpRequest, pending: operations.PendingSignUp, code: str) -> HttpResponse:
    user_id = operations.confirm_sign_up(
        actor=visitor(request),
        pending=pending,
        code=code,
        user_agent=user_agent(request),
        at=timezone.now(),
    )
    return welcome(request, user_id)


def welcome(request: HttpRequest, user_id: int) -> HttpResponse:
    """Lead somebody who has just got a cabinet on, as this deployment wants it (IDN-08)."""
    wanted = request.session.get(NEXT, "")
    forget(request)
    messages.success(request, _("Готово: личный кабинет создан."))
    if settings.SIGN_UP_AFTER == "sign-in":
        return redirect(reverse("account_login", query={"next": wanted} if wanted else {}))
    after = "onboarding" if settings.SIGN_UP_AFTER == "onboarding" else "home"
    return sessions.sign_in(
        request,
        user_id=user_id,
        way=SignInWay.SIGN_UP,
        redirect_url=wanted or reverse(after),
        is_new=True,
    )


def forget(request: HttpRequest) -> None:
    request.session.pop(PENDING, None)
    request.session.pop(NEXT, None)


@login_not_required
@never_cache
@require_POST
def sign_up_resend(request: HttpRequest) -> HttpResponse:
    pending = pending_of(request)
    if pending is None:
        return redirect("account_signup")
    by_link = operations.is_by_link(pending.target)
    try:
        renewed = operations.resend_sign_up(pending=pending, at=timezone.now())
    except operations.CodeTooSoon as refusal:
        messages.warning(request, wait_for_code(refusal.retry_at))
    else:
        request.session[PENDING] = renewed.to_session()
        messages.success(request, _sent_words(by_link=by_link))
    return redirect("account_signup_sent" if by_link else "account_signup_code")


def _sent_words(*, by_link: bool) -> str:
    if by_link:
        return _("Отправили новое письмо. Ссылка из прежнего больше не действует.")
    return _("Отправили новый код. Прежний больше не действует.")
