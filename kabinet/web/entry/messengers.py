"""Linking a messenger in the profile, step by step, and taking it away (IDN-28)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kabinet.identity.enums import Messenger
from kabinet.identity.messengers import linking, offered
from kabinet.identity.messengers.offered import LinkingState
from kabinet.kernel import qr
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import TooManyAttempts
from kabinet.web.entry.messenger_forms import Number
from kabinet.web.entry.proving import recently_proved
from kabinet.web.entry.visitors import UNPROCESSABLE, limited, seconds_until, sent, written_wait
from kabinet.web.pay.codes import code_path
from kabinet.web.portal import actor_of, open_portal

# The session keeps the one attempt that is under way: which messenger, its id, the link's secret.
PENDING = "messenger"
PAGE, STATE_PART = "web/entry/messenger.html", "web/entry/_messenger_state.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def link(request: HttpRequest, name: str) -> HttpResponse:
    """Show how far linking has come; a button begins it."""
    messenger = _offered(name)
    actor = open_portal(request).actor
    if request.method == "POST":
        try:
            issued = linking.start_linking(actor=actor, messenger=messenger, at=timezone.now())
        except TooManyAttempts as refusal:
            context = {"messenger": messenger, "state": LinkingState.OVER, "refusal": str(refusal)}
            return limited(render(request, PAGE, context), refusal)
        except linking.AlreadyLinked as refusal:
            messages.error(request, str(refusal))
            return redirect("profile")
        request.session[PENDING] = [messenger.value, str(issued.public_id), issued.secret]
        return redirect("messenger-link", name)
    if offered.is_linked(actor=actor, messenger=messenger):
        return redirect("profile")
    return render(request, PAGE, _shown(request, messenger))


@never_cache
@require_safe
def state(request: HttpRequest, name: str) -> HttpResponse:
    """Give the part of the page that changes while the bot is waited for."""
    return render(request, STATE_PART, _shown(request, _offered(name)))


@never_cache
@require_POST
@recently_proved
def confirm(request: HttpRequest, name: str) -> HttpResponse:
    """Take the number that the bot wrote."""
    messenger = _offered(name)
    pending = _pending(request, messenger)
    form = Number(sent(request))
    if pending is None:
        return redirect("messenger-link", name)
    if form.is_valid():
        try:
            linking.finish_linking(
                actor=actor_of(request),
                messenger=messenger,
                public_id=pending[0],
                number=form.cleaned_data["number"],
                at=timezone.now(),
            )
        except linking.NumberWrong as refusal:
            form.add_error("number", str(refusal))
        except Refused as refusal:
            request.session.pop(PENDING, None)
            messages.error(request, str(refusal))
            return redirect("messenger-link", name)
        else:
            request.session.pop(PENDING, None)
            said = _("Готово: коды для входа можно получать в %(name)s.")
            messages.success(request, said % {"name": messenger.label})
            return redirect("profile")
    open_portal(request)
    context = {**_shown(request, messenger), "form": form}
    return render(request, PAGE, context, status=UNPROCESSABLE)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def unlink(request: HttpRequest, name: str) -> HttpResponse:
    """Say what unlinking means, and do it when asked by a button; also of one that is offered no more."""
    if name not in Messenger.values:
        raise Http404
    messenger = Messenger(name)
    if request.method != "POST":
        open_portal(request)
        is_offered = messenger in offered.offered_messengers()
        context = {"messenger": messenger, "is_offered": is_offered}
        return render(request, "web/entry/unlink_messenger.html", context)
    linking.unlink_messenger(actor=actor_of(request), messenger=messenger, at=timezone.now())
    said = _("Отвязано: коды в %(name)s больше не приходят.") % {"name": messenger.label}
    messages.success(request, said)
    return redirect("profile")


def _offered(name: str) -> Messenger:
    try:
        return offered.require_offered(name)
    except offered.MessengerNotOffered:
        raise Http404 from None


def _pending(request: HttpRequest, messenger: Messenger) -> tuple[uuid.UUID, str] | None:
    kept = request.session.get(PENDING)
    if not kept or kept[0] != messenger.value:
        return None
    return uuid.UUID(kept[1]), kept[2]


def _shown(request: HttpRequest, messenger: Messenger) -> Mapping[str, object]:
    """Give what both the page and its changing part show; the link itself is in nobody else's session."""
    at, pending = timezone.now(), _pending(request, messenger)
    row = offered.get_linking(
        actor=actor_of(request),
        messenger=messenger,
        public_id=pending[0] if pending else None,
        at=at,
    )
    shown: dict[str, object] = {
        "messenger": messenger,
        "state": row.state,
        "called": row.called,
        "was_begun": pending is not None,
    }
    if row.state is LinkingState.MET:
        shown["form"] = Number()
    if row.state is LinkingState.WAITING and pending and row.expires_at:
        address = offered.bot_link(messenger, pending[1])
        rows = qr.encode(address.encode())
        left = seconds_until(row.expires_at, at)
        shown |= {
            "address": address,
            "code": code_path(rows),
            "side": len(rows),
            "time_left": written_wait(left),
        }
    return shown
