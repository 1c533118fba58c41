"""Who pays: a signed-in person, or a guest known by the browser session alone."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from django.http import HttpRequest

from kabinet.kernel.actors import Actor
from kabinet.web.entry.visitors import visitor
from kabinet.web.portal import actor_of

SESSION_KEY = "payer"


@dataclass(frozen=True, slots=True)
class Payer:
    """``session`` is the digest under which a guest's checkouts are kept; empty for a signed-in person."""

    actor: Actor
    session: str = ""


def payer_of(request: HttpRequest) -> Payer:
    """Give who looks at a payment's pages: a person sees what they paid by somebody's link, too."""
    actor = actor_of(request) if request.user.is_authenticated else visitor(request)
    return Payer(actor, _digest(request))


def guest_payer(request: HttpRequest, actor: Actor) -> Payer:
    """Give a guest who is about to pay; from now on this browser session knows its own payments."""
    if SESSION_KEY not in request.session:
        request.session[SESSION_KEY] = secrets.token_urlsafe(24)
    return Payer(actor, _digest(request))


def forget(request: HttpRequest) -> None:
    """Nobody at this device finds the payments again that were made without signing in."""
    request.session.pop(SESSION_KEY, None)


def _digest(request: HttpRequest) -> str:
    """Of the session's secret and of who is signed in: whoever signs in next does not see a guest's payments."""
    secret = request.session.get(SESSION_KEY, "")
    return (
        hashlib.sha256(f"{secret}:{request.user.pk or ''}".encode()).hexdigest() if secret else ""
    )
