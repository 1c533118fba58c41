"""Where the person is signed in, and the way out of each browser (IDN-37)."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from kabinet.identity import operations, queries
from kabinet.web.portal import actor_of, open_portal


@never_cache
@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    portal = open_portal(request)
    rows = queries.get_sessions(
        actor=portal.actor, session_key=str(request.session.session_key), at=timezone.now()
    )
    has_others = any(not row.is_current for row in rows)
    return render(request, "web/entry/devices.html", {"rows": rows, "has_others": has_others})


@never_cache
@require_POST
def end(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    operations.end_session(actor=actor_of(request), public_id=session_id, at=timezone.now())
    messages.success(request, _("Готово: в том браузере вы вышли."))
    return redirect("devices")


@never_cache
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    ended = operations.end_other_sessions(
        actor=actor_of(request),
        session_key=str(request.session.session_key),
        at=timezone.now(),
    )
    words = ngettext("Вы вышли ещё в %(n)d браузере.", "Вы вышли ещё в %(n)d браузерах.", ended)
    messages.success(
        request, words % {"n": ended} if ended else _("Больше нигде вход не выполнен.")
    )
    return redirect("devices")
