"""The second step of signing in: asked for, turned on and off, and its spare codes (IDN-29)."""

from __future__ import annotations

import time

from allauth.account.internal.decorators import login_stage_required
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kabinet.identity import own_keys, second_step
from kabinet.identity.operations import keys as operations
from kabinet.kernel import qr
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import TooManyAttempts
from kabinet.web.entry import key_forms as forms
from kabinet.web.entry.proving import recently_proved
from kabinet.web.entry.visitors import UNPROCESSABLE, limited, sent
from kabinet.web.pay.codes import code_path
from kabinet.web.portal import actor_of, open_portal

ASK_PAGE, SET_UP_PAGE = "web/entry/second_step.html", "web/entry/second_step_on.html"
CODES_PAGE = "web/entry/spare_codes.html"
# Spare codes are shown right after they were made, and never again.
CODES_UNTIL, CODES_SECONDS = "spare_codes_until", 900


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@login_stage_required(  # type: ignore[untyped-decorator] # allauth's
    stage=second_step.SecondStep.key, redirect_urlname="account_login"
)
def ask(request: HttpRequest) -> HttpResponse:
    """Take the code of somebody who has made the first step."""
    stage = request._login_stage  # type: ignore[attr-defined]  # noqa: SLF001 -- set by allauth's decorator
    if not stage.still_holds():
        response: HttpResponse = stage.abort()
        return response
    form = forms.SecondStepCode(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            codes_left = operations.pass_second_step(
                user_id=stage.login.user.pk, code=form.cleaned_data["code"], at=timezone.now()
            )
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
            return limited(render(request, ASK_PAGE, {"form": form}), refusal)
        except operations.SecondStepRefused as refusal:
            form.add_error("code", str(refusal))
        else:
            response = stage.exit()
            if codes_left is not None:
                messages.warning(request, _codes_left_words(codes_left))
            return response
    status = UNPROCESSABLE if form.errors else 200
    return render(request, ASK_PAGE, {"form": form}, status=status)


def _codes_left_words(left: int) -> str:
    if not left:
        return _("Это был последний запасной код. Сделайте новые в профиле.")
    return ngettext(
        "Этот запасной код больше не подойдёт. Остался %(count)d.",
        "Этот запасной код больше не подойдёт. Осталось: %(count)d.",
        left,
    ) % {"count": left}


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def turn_on(request: HttpRequest) -> HttpResponse:
    """Show the secret to the person's app, and take the first code as a sign that it has arrived there."""
    actor = open_portal(request).actor
    form = forms.AppCode(sent(request))
    secret = second_step.pending_secret(request)
    if request.method == "POST" and form.is_valid():
        try:
            operations.turn_on_second_step(
                actor=actor, secret=secret, code=form.cleaned_data["code"], at=timezone.now()
            )
        except operations.SecondStepIsOn as refusal:
            messages.info(request, str(refusal))
            return redirect("mfa_index")
        except operations.AppCodeRefused as refusal:
            form.add_error("code", str(refusal))
        else:
            second_step.forget_pending_secret(request)
            return _show_codes(request, _("Второй шаг включён. Сохраните запасные коды."))
    address = second_step.app_address(request, secret)
    rows = qr.encode(address.encode())
    context = {
        "form": form,
        "code": code_path(rows),
        "side": len(rows),
        "address": address,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }
    return render(request, SET_UP_PAGE, context, status=UNPROCESSABLE if form.errors else 200)


@never_cache
@require_POST
@recently_proved
def turn_off(request: HttpRequest) -> HttpResponse:
    operations.turn_off_second_step(actor=actor_of(request), at=timezone.now())
    messages.success(request, _("Второй шаг выключен, запасные коды больше не нужны."))
    return redirect("mfa_index")


@never_cache
@require_POST
@recently_proved
def renew_codes(request: HttpRequest) -> HttpResponse:
    try:
        operations.renew_spare_codes(actor=actor_of(request), at=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("mfa_index")
    return _show_codes(request, _("Сделали новые запасные коды. Прежние больше не подходят."))


def _show_codes(request: HttpRequest, words: str) -> HttpResponse:
    request.session[CODES_UNTIL] = int(time.time()) + CODES_SECONDS
    messages.success(request, words)
    return redirect("mfa_view_recovery_codes")


def _may_see_codes(request: HttpRequest) -> bool:
    return bool(request.session.get(CODES_UNTIL, 0) > time.time())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def codes(request: HttpRequest) -> HttpResponse:
    """Show the codes that were just made, until the person says that they are kept."""
    actor = open_portal(request).actor
    if request.method == "POST" or not _may_see_codes(request):
        request.session.pop(CODES_UNTIL, None)
        return redirect("mfa_index")
    return render(request, CODES_PAGE, {"codes": own_keys.get_spare_codes(actor=actor)})


@never_cache
@require_safe
def codes_file(request: HttpRequest) -> HttpResponse:
    if not _may_see_codes(request):
        raise Http404
    lead = _("Запасные коды для входа: %(site)s. Каждый подходит один раз.") % {
        "site": settings.SITE_NAME
    }
    lines = [lead, "", *own_keys.get_spare_codes(actor=actor_of(request)), ""]
    response = HttpResponse("\r\n".join(lines), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="kabinet-codes.txt"'
    return response
