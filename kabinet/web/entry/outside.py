"""In through another service: there, back, and what to do with somebody who is new here (IDN-07, 26, 27)."""

from __future__ import annotations

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kabinet.identity import newcomers, operations, queries, services, sessions
from kabinet.identity.enums import Service, SignInWay
from kabinet.identity.newcomers import Newcomer
from kabinet.identity.parts import EntryPart, is_on
from kabinet.identity.social import said_linked
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import TooManyAttempts
from kabinet.web.entry.forms import Ticks
from kabinet.web.entry.proving import recently_proved
from kabinet.web.entry.visitors import (
    UNPROCESSABLE,
    limited,
    own_next,
    sent,
    user_agent,
    visitor,
)
from kabinet.web.portal import actor_of, open_portal

NEWCOMER_PAGE = "web/entry/newcomer.html"


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to a service's page; opened without a form, ask first, since a link can be anybody's."""
    service = Service(provider_id)
    if service not in services.offered_services():
        raise Http404(f"{provider_id} is not configured")
    connects = request.GET.get("process") == AuthProcess.CONNECT
    if request.method != "POST":
        context = {"service": service.label, "next": own_next(request), "connects": connects}
        return render(request, "web/entry/outside.html", context)
    if request.POST.get("process") == AuthProcess.CONNECT and request.user.is_authenticated:
        return _leave_to_link(request, service)
    return _leave(request, service)


def _leave(request: HttpRequest, service: Service) -> HttpResponse:
    """Go on by a refresh: a redirect after a form would be stopped by our policy (docs/decisions/0025)."""
    try:
        provider = get_adapter().get_provider(request, service.value)
    except SocialApp.DoesNotExist:
        raise Http404(f"{service} is not configured") from None
    response: HttpResponse = provider.redirect_from_request(request)
    address = response.headers.get("Location", "")
    if not address or url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return response
    context = {"service": service.label, "address": address}
    return render(request, "web/entry/onward.html", context)


_leave_to_link = recently_proved(_leave)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def newcomer(request: HttpRequest) -> HttpResponse:
    """Ask somebody whom a service has proved: a new cabinet, or the one that is there already."""
    who = newcomers.waiting(request)
    if who is None or request.user.is_authenticated:
        return redirect("account_login" if who is None else "outside-link")
    signs_up = is_on(EntryPart.REGISTRATION)
    if signs_up and not who.contacts:
        wanted = own_next(request)
        return redirect(reverse("outside-contact", query={"next": wanted} if wanted else {}))
    is_known = any(queries.is_occupied(contact) for contact in who.contacts)
    if is_known or not signs_up:
        return _ask(request, who, form=None, is_known=is_known)
    form = Ticks(sent(request), documents=queries.required_documents())
    if request.method == "POST" and form.is_valid():
        try:
            return _create(request, who, form.ticked)
        except TooManyAttempts as refusal:
            form.add_error(None, str(refusal))
            return limited(_ask(request, who, form=form), refusal)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _ask(request, who, form=form)


def _ask(
    request: HttpRequest, who: Newcomer, *, form: Ticks | None, is_known: bool = False
) -> HttpResponse:
    """``is_known``: the contact is somebody's here. It is proved to be theirs, so saying so reveals nothing.

    Without a form: for that reason, or because nobody signs up here.
    """
    context = {
        "who": who,
        "is_known": is_known,
        "form": form,
        "next": own_next(request),
        "link": reverse("outside-link"),
    }
    status = UNPROCESSABLE if form is not None and form.errors else 200
    return render(request, NEWCOMER_PAGE, context, status=status)


def _create(request: HttpRequest, who: Newcomer, document_ids: frozenset[int]) -> HttpResponse:
    user_id = operations.create_from_service(
        actor=visitor(request),
        newcomer=who,
        document_ids=document_ids,
        user_agent=user_agent(request),
        at=timezone.now(),
    )
    newcomers.forget(request)
    messages.success(request, _("Готово: личный кабинет создан."))
    return sessions.sign_in(
        request,
        user_id=user_id,
        way=SignInWay(who.service.value),
        redirect_url=own_next(request) or _first_page(),
        is_new=True,
    )


def _first_page() -> str:
    """The home page leads newcomers to their first steps, where there are any (IDN-20)."""
    return reverse("home" if settings.SIGN_UP_AFTER == "onboarding" else "account-link")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def link(request: HttpRequest) -> HttpResponse:
    """Link what waits to the cabinet that its owner has just entered, when they say so."""
    who = newcomers.waiting(request)
    if who is None:
        messages.warning(request, _("Вход через другой сервис начат слишком давно. Повторите его."))
        return redirect("profile")
    if request.method != "POST":
        open_portal(request)
        return render(request, "web/entry/link_service.html", {"who": who})
    newcomers.forget(request)
    if "no" in request.POST:
        return redirect("home")
    try:
        operations.link_service(actor=actor_of(request), newcomer=who, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said_linked(who))
    return redirect("profile")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def unlink(request: HttpRequest, name: str) -> HttpResponse:
    """Say what unlinking means, and do it when asked by a button."""
    if name not in Service.values:
        raise Http404
    service = Service(name)
    if request.method != "POST":
        open_portal(request)
        return render(request, "web/entry/unlink_service.html", {"service": service})
    try:
        operations.unlink_service(actor=actor_of(request), service=service, at=timezone.now())
    except operations.NoOtherWay as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            _("Отвязано: %(service)s больше не открывает кабинет.") % {"service": service.label},
        )
    return redirect("profile")
