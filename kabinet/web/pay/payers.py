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
    """Give who looks at a payment's pages."""
    if request.user.is_authenticated:
        return Payer(actor_of(request))
    return Payer(visitor(request), _digest(request.session.get(SESSION_KEY, "")))


def guest_payer(request: HttpRequest, actor: Actor) -> Payer:
    """Give a guest who is about to pay; from now on this browser session knows its own payments."""
    if SESSION_KEY not in request.session:
        request.session[SESSION_KEY] = secrets.token_urlsafe(24)
    return Payer(actor, _digest(request.session[SESSION_KEY]))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest() if secret else ""
