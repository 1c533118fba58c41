"""The page behind the link that proves a changed address (IDN-17, 45): only its button does it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from kabinet.identity import operations
from kabinet.identity.enums import IdentifierKind
from kabinet.kernel.actors import Actor
from kabinet.web.entry import contacts
from kabinet.web.entry.visitors import wait_for_code
from kabinet.web.portal import actor_of, open_portal

FORBIDDEN, GONE = 403, 410
PAGE, OVER_PAGE = "web/entry/contact_link.html", "web/entry/contact_link_over.html"


@never_cache
@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, public_id: uuid.UUID, secret: str) -> HttpResponse:
    """Show what the link does, and do it when its button is pressed by the person who asked for it."""
    actor = open_portal(request).actor
    if request.method == "POST":
        return _confirm(request, actor, public_id, secret)
    return _show(request, actor, public_id, secret)


def _show(request: HttpRequest, actor: Actor, public_id: uuid.UUID, secret: str) -> HttpResponse:
    link = operations.read_contact_link(
        actor=actor, public_id=public_id, secret=secret, at=timezone.now()
    )
    if link is not None and link.is_own and link.is_alive:
        return render(request, PAGE, {"target": link.target})
    is_strangers = link is not None and not link.is_own
    status = FORBIDDEN if is_strangers else GONE
    return render(request, OVER_PAGE, {"link": link}, status=status)


def _confirm(request: HttpRequest, actor: Actor, public_id: uuid.UUID, secret: str) -> HttpResponse:
    try:
        proved = operations.confirm_contact_by_link(
            actor=actor, public_id=public_id, secret=secret, at=timezone.now()
        )
    except operations.LinkOver:
        return _show(request, actor, public_id, secret)
    except operations.ContactOccupied as taken:
        messages.warning(request, str(taken))
        return redirect("contact-change", kind=IdentifierKind.EMAIL.value)
    contacts.forget(request, proved.kind)
    messages.success(request, str(contacts.SAVED[proved.kind]))
    return redirect("profile")


@never_cache
@sensitive_variables("secret")
@require_POST
def send_again(request: HttpRequest, public_id: uuid.UUID, secret: str) -> HttpResponse:
    """Send a new letter in place of a link that is over."""
    kind = IdentifierKind.EMAIL
    try:
        renewed = operations.ask_contact_again(
            actor=actor_of(request), code_id=public_id, at=timezone.now()
        )
    except operations.CodeTooSoon as refusal:
        messages.warning(request, wait_for_code(refusal.retry_at))
        return redirect("contact-link", public_id=public_id, secret=secret)
    except operations.CodeExpired:
        return redirect("contact-change", kind=kind.value)
    contacts.remember(request, kind, renewed)
    messages.success(request, contacts.said_sent(kind))
    return redirect("contact-code", kind=kind.value)
