"""Passkeys: coming in by a fingerprint, a face or the device's PIN, and keeping what one comes in with (IDN-29, MOB-06)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kabinet.identity import limits, own_keys, passkeys, sessions
from kabinet.identity.devices import browser_words
from kabinet.identity.operations import keys as operations
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import TooManyAttempts, take
from kabinet.web.entry import key_forms
from kabinet.web.entry.proving import go_on, recently_proved
from kabinet.web.entry.visitors import UNPROCESSABLE, limited, own_next, sent, user_agent
from kabinet.web.portal import actor_of, open_portal

NOT_OFFERED = "kabinet_no_passkey"
YEAR_SECONDS = 365 * 86400
JSON = "application/json"


@login_not_required
@never_cache
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Give the browser of somebody who comes in a challenge for any key it holds."""
    try:
        # Each question is a row of the table of sessions.
        address = request.META.get("REMOTE_ADDR", "")
        take(limits.of_address(limits.PASSKEY_ADDRESS, address), at=timezone.now())
    except TooManyAttempts as refusal:
        return limited(HttpResponse(), refusal)
    return HttpResponse(passkeys.begin_asking(request), content_type=JSON)


@login_not_required
@never_cache
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    answer, wanted = request.POST.get("credential", ""), own_next(request)
    try:
        return passkeys.sign_in(request, answer=answer, redirect_url=wanted or reverse("home"))
    except passkeys.PasskeyRefused as refusal:
        messages.error(request, str(refusal))
        query = f"?{urlencode({'next': wanted})}" if wanted else ""
        return redirect(f"{reverse('account_login')}{query}")


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show what the person comes in with, and the ways to change it."""
    actor = open_portal(request).actor
    return render(request, "web/entry/keys.html", {"keys": own_keys.get_keys(actor=actor)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def add(request: HttpRequest) -> HttpResponse:
    actor = open_portal(request).actor
    problem = ""
    if request.method == "POST":
        try:
            credential = passkeys.finish_adding(request, answer=request.POST.get("credential", ""))
            operations.add_passkey(
                actor=actor,
                name=browser_words(user_agent(request)),
                credential=credential,
                at=timezone.now(),
            )
        except Refused as refusal:
            problem = str(refusal)
        else:
            sessions.stop_offering_passkey(request)
            messages.success(
                request, _("Готово: теперь можно входить по отпечатку, лицу или ПИН-коду.")
            )
            return redirect("mfa_index")
    context = {"options": passkeys.begin_adding(request, actor=actor), "problem": problem}
    status = UNPROCESSABLE if problem else 200
    return render(request, "web/entry/keys_add.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, key_id: int) -> HttpResponse:
    """Let the owner call a key so as to know it again."""
    actor = open_portal(request).actor
    key = own_keys.get_passkey(actor=actor, key_id=key_id)
    form = key_forms.KeyName(sent(request), initial={"name": key.name})
    if request.method == "POST" and form.is_valid():
        operations.rename_passkey(
            actor=actor, key_id=key_id, name=form.cleaned_data["name"], at=timezone.now()
        )
        messages.success(request, _("Название сохранено."))
        return redirect("mfa_index")
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "web/entry/keys_rename.html", {"form": form}, status=status)


@never_cache
@require_POST
@recently_proved
def remove(request: HttpRequest, key_id: int) -> HttpResponse:
    operations.remove_passkey(actor=actor_of(request), key_id=key_id, at=timezone.now())
    messages.success(request, _("Удалено: с этого устройства одним касанием больше не войти."))
    return redirect("mfa_index")


@never_cache
@require_POST
def later(request: HttpRequest) -> HttpResponse:
    """Offer a passkey no more in this browser: a key belongs to a device, and so does the wish to have none."""
    sessions.stop_offering_passkey(request)
    response = redirect(own_next(request) or "home")
    response.set_cookie(
        NOT_OFFERED,
        "1",
        max_age=YEAR_SECONDS,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


@never_cache
@require_POST
def ask_own(request: HttpRequest) -> HttpResponse:
    """Give the browser of somebody signed in a challenge for one of the own keys."""
    question = passkeys.begin_asking(request, actor=actor_of(request))
    return HttpResponse(question, content_type=JSON)


@never_cache
@require_POST
def prove(request: HttpRequest) -> HttpResponse:
    """Take a passkey as proof that it is still the person who sits here."""
    try:
        passkeys.prove(request, actor=actor_of(request), answer=request.POST.get("credential", ""))
    except passkeys.PasskeyRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(
            f"{reverse('account_reauthenticate')}?{urlencode({'next': own_next(request)})}"
        )
    return go_on(request, passkeys.WAY)
