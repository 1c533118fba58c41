"""The meters of the account that a guest has proved, and nothing else of it (MET-15, 17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from kabinet.accounts.guests import GuestAccountRow, PassOver, get_guest_account
from kabinet.accounts.queries import AccountNotFound
from kabinet.kernel.actors import Actor
from kabinet.metering.guests import get_guest_summary, submit_guest_readings
from kabinet.web.entry.visitors import seconds_until, written_wait
from kabinet.web.guest import passes
from kabinet.web.readings import sent, typed
from kabinet.web.readings.page import page_of
from kabinet.web.readings.sent import SentForm


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest) -> HttpResponse:
    """One form for all meters; a POST is answered by a redirect to the page with the outcome (PRG)."""
    at = timezone.now()
    try:
        actor = passes.guest_of(request, at=at)
        account = get_guest_account(actor=actor, at=at)
    except (PassOver, AccountNotFound):
        return _begin_again(request)
    if request.method == "POST":
        form = _submit(request, actor, account, at)
        key = sent.keep(request.session, account.public_id, form)
        address = reverse("guest-readings-meters")
        return redirect(f"{address}?{urlencode({sent.PARAMETER: key})}#answer")

    kept = sent.recall(request.session, account.public_id, request.GET.get(sent.PARAMETER, ""))
    summary = get_guest_summary(actor=actor, at=at)
    # Without prices: no sums for guests, not even of what they type.
    page = replace(
        page_of(account, summary, {}, at=at, sent=kept),
        action=reverse("guest-readings-meters"),
        has_links=False,
    )
    seconds = seconds_until(actor.until or at, at)
    context = {
        "account": account,
        "page": page,
        "seconds_left": seconds,
        "time_left": written_wait(seconds),
    }
    return render(request, "web/guest/meters.html", context)


@login_not_required
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """Forget what was proved: the next person at this device starts anew."""
    passes.forget(request)
    return redirect("account_login")


def _begin_again(request: HttpRequest) -> HttpResponse:
    if passes.forget(request):
        messages.info(request, str(PassOver.message))
    return redirect("guest-readings")


def _submit(request: HttpRequest, actor: Actor, account: GuestAccountRow, at: datetime) -> SentForm:
    form = typed.read(
        request.POST,
        policy=account.provider.policy,
        get_meters=lambda: get_guest_summary(actor=actor, at=at).meters,
    )
    if not form.values or form.date_is_wrong:
        return form.unsent
    results = submit_guest_readings(actor=actor, values=form.values, at=at, taken_on=form.taken_on)
    return sent.of_results(results, form.values, date_text=form.date_text)
