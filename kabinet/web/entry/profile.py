from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kabinet.identity import operations, queries, services, sessions
from kabinet.identity.enums import IdentifierKind
from kabinet.identity.messengers.offered import get_messengers
from kabinet.identity.passwords import PasswordRefused
from kabinet.kernel.limits import TooManyAttempts
from kabinet.web.entry.forms import ChangePassword, NewPassword
from kabinet.web.entry.profile_forms import OwnName
from kabinet.web.entry.proving import recently_proved
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
        "sends_sms": IdentifierKind.PHONE in queries.provable_identifiers(),
        "services": services.get_services(actor=portal.actor),
        "messengers": get_messengers(actor=portal.actor, has_linked=row.has_messengers),
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
@require_http_methods(["GET", "HEAD", "POST"])
def name(request: HttpRequest) -> HttpResponse:
    """Show and store how the person is called (IDN-41)."""
    actor = open_portal(request).actor
    if request.method == "POST":
        form = OwnName(request.POST)
        if form.is_valid():
            operations.change_name(actor=actor, called=form.called, at=timezone.now())
            messages.success(request, _("Сохранено."))
            return redirect("profile")
    else:
        row = queries.get_profile(actor=actor)
        form = OwnName(
            initial={"surname": row.surname, "name": row.name, "patronymic": row.patronymic}
        )
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "web/entry/name.html", {"form": form}, status=status)


@never_cache
@require_POST
def hints(request: HttpRequest) -> HttpResponse:
    """Switch the hints of the whole cabinet (IDN-46)."""
    shown = request.POST.get("shown") == "on"
    operations.show_hints(actor=actor_of(request), shown=shown)
    if request.htmx:  # type: ignore[attr-defined]  # set by HtmxMiddleware
        return render(request, "web/entry/_profile_hints.html", {"shows_hints": shown})
    messages.success(request, _("Подсказки включены.") if shown else _("Подсказки выключены."))
    return redirect("profile")


@recently_proved
def _first_password(request: HttpRequest) -> HttpResponse:
    """Give a password to somebody who came by another service (IDN-43)."""
    actor = open_portal(request).actor
    form = NewPassword(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            operations.set_first_password(
                actor=actor, new=form.cleaned_data["new"], at=timezone.now()
            )
        except PasswordRefused as refusal:
            form.add_error("new", refusal.messages)
        else:
            sessions.keep_signed_in(request)
            messages.success(request, _("Пароль задан. Теперь можно входить и с ним."))
            return redirect("profile")
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "web/entry/first_password.html", {"form": form}, status=status)


@never_cache
@sensitive_post_parameters("current", "new", "repeat")
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and not request.user.has_usable_password():
        return _first_password(request)
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
