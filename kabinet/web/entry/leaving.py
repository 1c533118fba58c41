"""«Мои данные» and the way out for good (IDN-46–48)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.identity import archives
from kabinet.identity.operations import leaving
from kabinet.kernel.actors import Actor
from kabinet.payments.queries.autopay import AutopayMark, AutopayWay, get_autopay_mark
from kabinet.payments.queries.cards import get_cards
from kabinet.payments.queries.open_payments import get_open_payments
from kabinet.ui.files import private_file
from kabinet.web.entry.proving import recently_proved
from kabinet.web.portal import actor_of, open_portal


@dataclass(frozen=True, slots=True)
class LeftAccount:
    """A linked account on the page of leaving; ``autopay`` is the person's own, where there is one."""

    account: LinkedAccountRow
    autopay: AutopayMark | None


@never_cache
@require_POST
@recently_proved
def ask_data(request: HttpRequest) -> HttpResponse:
    """Have the person's data packed."""
    try:
        archives.request_archive(actor=actor_of(request), at=timezone.now())
    except archives.ArchiveTooSoon as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(
            request, _("Собираем архив. Когда он будет готов, мы пришлём вам сообщение.")
        )
    return redirect("profile")


@never_cache
@require_safe
@recently_proved
def data_file(request: HttpRequest, archive_id: uuid.UUID) -> HttpResponse:
    file = archives.open_archive(actor=actor_of(request), public_id=archive_id, at=timezone.now())
    return private_file(file.content, name=file.file_name, content_type="application/zip")


@never_cache
@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    """Say what leaving means for every account, card and payment of this person."""
    portal = open_portal(request)
    if not leaving.may_leave(actor=portal.actor):
        return render(request, "web/entry/leave_staff.html", {"reason": leaving.StaffStay.message})
    return render(request, "web/entry/leave.html", _consequences(portal.actor, portal.accounts))


def _consequences(actor: Actor, accounts: Sequence[LinkedAccountRow]) -> dict[str, object]:
    rows = [LeftAccount(account, _own_autopay(account)) for account in accounts]
    return {
        "rows": rows,
        "cards": get_cards(actor=actor),
        "open_payments": get_open_payments(actor=actor),
        "due_at": leaving.get_planned_deletion(actor=actor),
    }


def _own_autopay(account: LinkedAccountRow) -> AutopayMark | None:
    mark = get_autopay_mark(account)
    return mark if mark.way is AutopayWay.OWN else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the last time, and delete or plan it when asked by the button."""
    if request.method != "POST":
        actor = open_portal(request).actor
        if not leaving.may_leave(actor=actor) or leaving.get_planned_deletion(actor=actor):
            return redirect("leave")
        return render(request, "web/entry/leave_confirm.html", {"grace": leaving.grace_days()})
    if not leaving.ask_deletion(actor=actor_of(request), at=timezone.now()):
        messages.success(
            request, _("Удаление назначено. Пока оно не наступило, его можно отменить.")
        )
        return redirect("leave")
    request.session.flush()
    messages.success(request, _("Учётная запись удалена. Спасибо, что были с нами."))
    return redirect("account_login")


@never_cache
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    leaving.take_back_deletion(actor=actor_of(request), at=timezone.now())
    messages.success(request, _("Удаление отменено, всё осталось как было."))
    return redirect("profile")
