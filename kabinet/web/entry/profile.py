from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from kabinet.identity import operations, queries, services, sessions
from kabinet.identity.passwords import PasswordRefused
from kabinet.kernel.limits import TooManyAttempts
from kabinet.web.entry.forms import ChangePassword
from kabinet.web.entry.visitors import UNPROCESSABLE, limited, sent
from kabinet.web.portal import actor_of, open_portal

PASSWORD_PAGE = "web/entry/change_password.html"  # noqa: S105 -- a template


@never_cache
@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    portal = open_portal(request)
    row = queries.get_profile(actor=portal.actor)
    context = {
        "profile": row,
        "has_weak_password": sessions.has_weak_password(request),
        "services": services.get_services(actor=portal.actor),
    }
    return render(request, "web/entry/profile.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what taking the consent back means, and do it when asked by a button."""
    if request.method == "POST":
        operations.withdraw_consent(actor=actor_of(request), slug=slug, at=timezone.now())
        sessions.expect_consent_check(request)
        messages.success(
            request, _("Отозвано. Кабинет заработает снова, когда вы примете документ.")
        )
        return redirect("consent")
    document = queries.get_document(slug=slug)
    open_portal(request)
    return render(request, "web/entry/withdraw.html", {"document": document})


@never_cache
@sensitive_post_parameters("current", "new", "repeat")
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    actor = open_portal(request).actor
    form = ChangePassword(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_password(
                actor=actor,
                current=form.cleaned_data["current"],
                new=form.cleaned_data["new"],
                at=timezone.now(),
            )
        except operations.WrongPassword as refusal:
            form.add_error("current", str(refusal))
        except PasswordRefused as refusal:
            form.add_error("new", refusal.messages)
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
            return limited(render(request, PASSWORD_PAGE, {"form": form}), refusal)
        else:
            sessions.keep_signed_in(request)
            messages.success(request, _("Пароль изменён. На других устройствах вы вышли."))
            return redirect("profile")
    status = UNPROCESSABLE if form.errors else 200
    return render(request, PASSWORD_PAGE, {"form": form}, status=status)
