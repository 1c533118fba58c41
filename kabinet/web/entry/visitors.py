"""What the pages before sign-in share: who is there, where to go next, how a refusal is shown."""

from __future__ import annotations

import math
from datetime import datetime

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from kabinet.kernel.actors import Actor, ActorKind
from kabinet.kernel.limits import TooManyAttempts

UNPROCESSABLE = 422
TOO_MANY = 429
LONGEST_CLOCK = 100


def sent(request: HttpRequest) -> QueryDict | None:
    """Give what a form was sent with, also when it is empty; nothing when the page was only opened."""
    return request.POST if request.method == "POST" else None


def visitor(request: HttpRequest) -> Actor:
    return Actor(
        ActorKind.NOBODY,
        address=request.META.get("REMOTE_ADDR", ""),
        user_agent=user_agent(request),
    )


def own_next(request: HttpRequest) -> str:
    """Give the address to go on to, when it is one of this site's own; else nothing.

    Only whole paths: Django's redirect takes a bare word for the name of a page, and fails where there is none.
    """
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_own = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_own and wanted.startswith("/") else ""


def user_agent(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")


def seconds_until(moment: datetime, at: datetime) -> int:
    return max(0, math.ceil((moment - at).total_seconds()))


def wait_for_code(until: datetime) -> str:
    return _("Код уже отправлен. Новый можно запросить через %(wait)s.") % {
        "wait": written_wait(seconds_until(until, timezone.now()))
    }


def written_wait(seconds: int) -> str:
    """Write a short wait as a clock does, ``4:32``; the page's clock goes on from there."""
    minutes, rest = divmod(seconds, 60)
    if minutes < LONGEST_CLOCK:
        return f"{minutes}:{rest:02d}"
    return _("%(n)s мин") % {"n": minutes}


def limited(response: HttpResponse, refusal: TooManyAttempts) -> HttpResponse:
    response.status_code = TOO_MANY
    response.headers["Retry-After"] = str(seconds_until(refusal.until, timezone.now()))
    return response
