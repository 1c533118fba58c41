"""Pages of a sign-up that a letter's link finishes (IDN-06, 17)."""

from __future__ import annotations

import uuid

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kabinet.identity import operations
from kabinet.identity.enums import CodePurpose
from kabinet.kernel.limits import TooManyAttempts
from kabinet.web.entry import forms, sign_up
from kabinet.web.entry.code_page import code_context
from kabinet.web.entry.visitors import (
    UNPROCESSABLE,
    limited,
    sent,
    user_agent,
    visitor,
    wait_for_code,
)

GONE = 410


@login_not_required
@never_cache
@require_safe
def letter_sent(request: HttpRequest) -> HttpResponse:
    """Say where the letter went, and send it anew on demand."""
    pending = sign_up.pending_of(request)
    if pending is None or request.user.is_authenticated:
        return redirect("home" if request.user.is_authenticated else "account_signup")
    context = code_context(
        public_id=uuid.UUID(pending.code_id),
        purpose=CodePurpose.SIGN_UP,
        target=pending.target,
        at=timezone.now(),
    )
    return render(request, "web/entry/sign_up_sent.html", context)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, public_id: uuid.UUID, secret: str) -> HttpResponse:
    """Show what the link does; only the button does it. Another browser asks for the password that was chosen."""
    if request.user.is_authenticated:
        return redirect("home")
    link = operations.read_sign_up_link(public_id=public_id, secret=secret, at=timezone.now())
    if link is None or not link.is_alive:
        return _show_over(request, link)
    form = _asked_here(request, public_id)
    refusal: TooManyAttempts | None = None
    if request.method == "POST" and form.is_valid():
        try:
            return _finish(request, form, public_id, secret)
        except operations.OtherPassword as wrong:
            form.add_error("password", str(wrong))
        except operations.LinkOver:
            return _show_over(request, link)
        except operations.IdentifierTaken as taken:
            messages.warning(request, str(taken))
            return redirect("account_login")
        except TooManyAttempts as many:
            refusal = many
            form.add_error(None, str(many))
    context = {"form": form, "target": link.target}
    status = UNPROCESSABLE if form.errors else 200
    response = render(request, "web/entry/sign_up_link.html", context, status=status)
    return limited(response, refusal) if refusal else response


def _asked_here(request: HttpRequest, public_id: uuid.UUID) -> django_forms.Form:
    """Ask for nothing in the browser that began, for the password in any other."""
    pending = sign_up.pending_of(request)
    began_here = pending is not None and pending.code_id == str(public_id)
    return django_forms.Form(sent(request)) if began_here else forms.OwnPassword(sent(request))


def _finish(
    request: HttpRequest, form: django_forms.Form, public_id: uuid.UUID, secret: str
) -> HttpResponse:
    if "password" in form.cleaned_data:
        operations.require_chosen_password(
            actor=visitor(request),
            public_id=public_id,
            secret=secret,
            password=form.cleaned_data["password"],
            at=timezone.now(),
        )
    user_id = operations.finish_by_link(
        actor=visitor(request),
        public_id=public_id,
        secret=secret,
        user_agent=user_agent(request),
        at=timezone.now(),
    )
    return sign_up.welcome(request, user_id)


def _show_over(request: HttpRequest, link: operations.SignUpLink | None) -> HttpResponse:
    return render(request, "web/entry/sign_up_link_over.html", {"link": link}, status=GONE)


@login_not_required
@never_cache
@sensitive_variables("secret")
@require_POST
def send_again(request: HttpRequest, public_id: uuid.UUID, secret: str) -> HttpResponse:
    """Send a new letter in place of a link that is over."""
    try:
        pending = operations.send_link_again(public_id=public_id, secret=secret, at=timezone.now())
    except operations.LinkOver as refusal:
        messages.warning(request, str(refusal))
        return redirect("account_signup")
    except operations.CodeTooSoon as refusal:
        messages.warning(request, wait_for_code(refusal.retry_at))
        return redirect("account_signup_link", public_id=public_id, secret=secret)
    messages.success(
        request,
        _("Отправили новое письмо на %(target)s. Откройте ссылку из него.")
        % {"target": pending.target.shown},
    )
    return redirect("account_login")
