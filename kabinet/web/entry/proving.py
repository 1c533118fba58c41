"""«Это точно вы?»: asked before what a stranger at an open browser must not do (IDN-38)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps

from allauth.account.internal.flows.reauthentication import (
    STATE_SESSION_KEY,
    resume_request,
    suspend_request,
)
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kabinet.identity import devices, operations, own_keys, queries, sessions
from kabinet.identity.enums import CodePurpose, SignInWay
from kabinet.kernel.limits import TooManyAttempts
from kabinet.web.entry import forms
from kabinet.web.entry.code_page import code_context
from kabinet.web.entry.visitors import UNPROCESSABLE, limited, own_next, sent, wait_for_code
from kabinet.web.portal import actor_of, open_portal

PENDING = "prove"
PAGE, CODE_PAGE = "web/entry/prove.html", "web/entry/prove_code.html"
SECRETS = {"current", "new", "repeat", "password"}
View = Callable[..., HttpResponse]


def recently_proved(view: View) -> View:
    """Ask who is there first, unless they have shown it in the last minutes; what was sent is not lost."""

    @wraps(view)
    def proved(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if sessions.is_recently_proved(request):
            return view(request, *args, **kwargs)
        # What was sent before and given up must not be done because its page is opened again, maybe days later.
        request.session.pop(STATE_SESSION_KEY, None)
        if SECRETS & request.POST.keys():
            # What was sent waits in the session, and no session holds a password.
            messages.info(request, _("Подтвердите, что это вы, и введите данные ещё раз."))
            return redirect(
                f"{reverse('account_reauthenticate')}?{urlencode({'next': request.path})}"
            )
        response: HttpResponse = suspend_request(request, reverse("account_reauthenticate"))
        return response

    return proved


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Take the password, or lead to the other ways of proving."""
    actor = open_portal(request).actor
    form = forms.OwnPassword(sent(request))
    context = {
        "form": form if sessions.has_password(request) else None,
        "next": own_next(request),
        "contact": queries.get_own_contact(actor=actor),
        "has_passkey": own_keys.has_passkey(actor=actor),
    }
    if request.method == "POST" and form.is_valid():
        try:
            operations.require_own_password(
                actor=actor, password=form.cleaned_data["password"], at=timezone.now()
            )
        except operations.WrongPassword as refusal:
            form.add_error("password", str(refusal))
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
            return limited(render(request, PAGE, context), refusal)
        else:
            return go_on(request, SignInWay.PASSWORD)
    status = UNPROCESSABLE if form.errors else 200
    return render(request, PAGE, context, status=status)


def go_on(request: HttpRequest, way: SignInWay) -> HttpResponse:
    """Do what the person was about to do."""
    sessions.note_proved(request, way)
    resumed: HttpResponse | None = resume_request(request)
    return resumed or redirect("profile")


@never_cache
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Send a code to the own proven contact."""
    actor = actor_of(request)
    contact = queries.get_own_contact(actor=actor)
    if contact is None:
        messages.warning(request, _("Нет подтверждённой почты или телефона, куда прислать код."))
        return redirect(_with_next("account_reauthenticate", request))
    try:
        code_id = operations.ask_code(
            actor=actor,
            purpose=CodePurpose.PROOF,
            identifier=contact,
            at=timezone.now(),
            device=devices.known_mark(request),
        )
    except operations.CodeTooSoon as refusal:
        messages.warning(request, wait_for_code(refusal.retry_at))
        if PENDING not in request.session:
            return redirect(_with_next("account_reauthenticate", request))
    except TooManyAttempts as refusal:
        messages.warning(request, str(refusal))
        return redirect(_with_next("account_reauthenticate", request))
    else:
        request.session[PENDING] = str(code_id)
    return redirect(_with_next("prove-code", request))


def _with_next(name: str, request: HttpRequest) -> str:
    return f"{reverse(name)}?{urlencode({'next': own_next(request)})}"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_code(request: HttpRequest) -> HttpResponse:
    """Take the code that was sent."""
    actor = open_portal(request).actor
    contact = queries.get_own_contact(actor=actor)
    if PENDING not in request.session or contact is None:
        return redirect(_with_next("account_reauthenticate", request))
    code_id = uuid.UUID(request.session[PENDING])
    form = forms.Code(sent(request))
    refusal: TooManyAttempts | None = None
    if request.method == "POST" and form.is_valid():
        try:
            operations.confirm_code(
                actor=actor,
                purpose=CodePurpose.PROOF,
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
            del request.session[PENDING]
            return go_on(request, SignInWay.CODE)
    context = code_context(
        public_id=code_id, purpose=CodePurpose.PROOF, target=contact, at=timezone.now()
    )
    status = UNPROCESSABLE if form.errors else 200
    page = render(
        request, CODE_PAGE, {**context, "form": form, "next": own_next(request)}, status=status
    )
    return limited(page, refusal) if refusal else page
