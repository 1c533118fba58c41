"""The way in without signing in: whose account it is, or why nobody learns it (MET-15–18, PAY-19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from kabinet.accounts import guests
from kabinet.accounts.guests import GuestNotMatched, GuestProvider, NumberMalformed, Pass
from kabinet.accounts.proofs import BadAnswer
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible, Refused
from kabinet.kernel.limits import TooManyAttempts
from kabinet.providers.enums import GuestCheck
from kabinet.ui import captcha
from kabinet.ui.captcha import CaptchaForm, CaptchaNotPassed
from kabinet.web.entry.visitors import (
    TOO_MANY,
    UNPROCESSABLE,
    seconds_until,
    sent,
    visitor,
    written_wait,
)
from kabinet.web.guest import passes
from kabinet.web.guest.forms import ByAddress, ByInitials, Find
from kabinet.web.guest.visits import Visit

_REFUSALS = (TooManyAttempts, GuestNotMatched, NumberMalformed, BadAnswer, CaptchaNotPassed)


class NoGuests(NotVisible):
    """No provider lets anybody do this without signing in: these pages do not exist (MET-18)."""


@dataclass(frozen=True, slots=True)
class Way:
    """A provider in the list of those to choose from, and the page that finds its accounts."""

    name: str
    regions: str
    page: str
    region: str


@login_not_required
@require_safe
def start(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Lead to the only form there is, or let the person choose a provider."""
    providers = visit.providers()
    pages = {visit.pages[provider.check] for provider in providers}
    if not pages:
        raise NoGuests
    if len(pages) == 1:
        return redirect(pages.pop())
    ways = [_to_way(provider, visit) for provider in providers]
    return render(request, "web/guest/start.html", {"ways": ways, "visit": visit})


def _to_way(provider: GuestProvider, visit: Visit) -> Way:
    by_initials = provider.check is GuestCheck.INITIALS
    return Way(
        name=provider.name,
        regions=", ".join(provider.regions),
        page=visit.pages[provider.check],
        region=provider.regions[0] if by_initials and provider.regions else "",
    )


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def by_initials(request: HttpRequest, visit: Visit) -> HttpResponse:
    return _find(request, ByInitials, visit)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def by_address(request: HttpRequest, visit: Visit) -> HttpResponse:
    return _find(request, ByAddress, visit)


def _find(request: HttpRequest, kind: type[Find], visit: Visit) -> HttpResponse:
    providers = visit.providers(kind.check)
    if not providers:
        raise NoGuests
    at, actor = timezone.now(), visitor(request)
    form = kind(sent(request), providers=providers, initial={"region": request.GET.get("region")})
    page = partial(_page, request, form, visit, providers)
    if not form.is_bound:
        return page(_block(actor, at))
    if not form.is_valid():
        return page()
    try:
        proved = _prove(request, form, visit, at)
    except _REFUSALS as refusal:
        return page(_tell(form, refusal))
    passes.keep(request, proved)
    return redirect(visit.goal)


def _tell(form: Find, refusal: Refused) -> datetime | None:
    """Put the refusal where it belongs, and give the moment until which there is no trying again."""
    place = None
    if isinstance(refusal, NumberMalformed):
        place = "number"
    elif isinstance(refusal, BadAnswer):
        place = form.first_wrong
    form.add_error(place, str(refusal))
    return refusal.until if isinstance(refusal, GuestNotMatched | TooManyAttempts) else None


def _prove(request: HttpRequest, form: Find, visit: Visit, at: datetime) -> Pass:
    actor, filling = visitor(request), form.filling()
    guests.require_unblocked(actor=actor, at=at)
    if _is_suspect(request, filling.number, at):
        captcha.require_passed(request, CaptchaForm.GUEST, at=at)
    return guests.prove_account(actor=actor, filling=filling, at=at, errand=visit.errand)


def _is_suspect(request: HttpRequest, number: str, at: datetime) -> bool:
    return captcha.is_on(CaptchaForm.GUEST) and guests.is_suspect(
        actor=visitor(request), number=number, at=at
    )


def _block(actor: Actor, at: datetime) -> datetime | None:
    try:
        guests.require_unblocked(actor=actor, at=at)
    except TooManyAttempts as refusal:
        return refusal.until
    return None


def _page(
    request: HttpRequest,
    form: Find,
    visit: Visit,
    providers: Sequence[GuestProvider],
    until: datetime | None = None,
) -> HttpResponse:
    """``until``: nothing will be looked up before; a clock says how long that is."""
    at = timezone.now()
    number = form.data.get("number", "") if form.is_bound else ""
    seconds = seconds_until(until, at) if until else 0
    context = {
        "form": form,
        "visit": visit,
        "seconds_left": seconds,
        "time_left": written_wait(seconds),
        "is_suspect": _is_suspect(request, number, at),
        "phones": [(row.name, row.phone) for row in _meant(form, providers) if row.phone],
    }
    response = render(request, "web/guest/find.html", context)
    if form.is_bound:
        response.status_code = UNPROCESSABLE if until is None else TOO_MANY
    if until is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def _meant(form: Find, providers: Sequence[GuestProvider]) -> Sequence[GuestProvider]:
    """Those of the region that the person has chosen, where the form asks for one."""
    region = form.data.get("region", "")
    return [row for row in providers if not region or region in row.regions]
