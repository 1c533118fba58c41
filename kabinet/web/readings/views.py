"""Submission of readings (MET-08, 09, 12, 13)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.metering.enums import SubmissionRoute
from kabinet.metering.operations import submit_readings
from kabinet.metering.queries import get_meters
from kabinet.providers.enums import Feature
from kabinet.web.portal import Portal, account_page, open_portal
from kabinet.web.readings import all_accounts, sent, typed
from kabinet.web.readings.page import build_page
from kabinet.web.readings.sent import SentForm
from kabinet.web.readings.silence import silence_of


@require_http_methods(["GET", "HEAD", "POST"])
@account_page(Feature.METERS)
def show_readings(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    """One form for all meters; a POST is answered by a redirect to the page with the outcome (PRG)."""
    if request.method == "POST":
        form = _submit(request.POST, portal, account)
        key = sent.keep(request.session, account.public_id, form)
        address = reverse("readings", kwargs={"account_id": account.public_id})
        return redirect(f"{address}?{urlencode({sent.PARAMETER: key})}")

    kept = sent.recall(request.session, account.public_id, request.GET.get(sent.PARAMETER, ""))
    at = timezone.now()
    page = build_page(actor=portal.actor, account=account, at=at, sent=kept)
    context = {
        "account": account,
        "page": page,
        "shows_all": all_accounts.offers_all(portal),
        "silence": silence_of(page, portal=portal, at=at),
    }
    return render(request, "web/readings/readings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def show_all_readings(request: HttpRequest) -> HttpResponse:
    """One form for all accounts whose window is open today (MET-19); of a single account, its own page."""
    portal = open_portal(request)
    if portal.account is None:
        return render(request, "web/home/no_account.html")
    if not all_accounts.offers_all(portal):
        return redirect("readings", account_id=portal.account.public_id)
    if request.method == "POST":
        form = all_accounts.submit_all(request.POST, portal, at=timezone.now())
        key = sent.keep(request.session, None, form)
        return redirect(f"{reverse('all-readings')}?{urlencode({sent.PARAMETER: key})}")

    kept = sent.recall(request.session, None, request.GET.get(sent.PARAMETER, ""))
    page = all_accounts.build_all(portal, at=timezone.now(), form=kept)
    return render(request, "web/readings/all.html", {"page": page})


def _submit(post: QueryDict, portal: Portal, account: LinkedAccountRow) -> SentForm:
    form = typed.read(
        post,
        policy=account.provider.policy,
        get_meters=lambda: get_meters(actor=portal.actor, account_id=account.id, at=timezone.now()),
    )
    if not form.values or form.date_is_wrong:
        return form.unsent
    results = submit_readings(
        actor=portal.actor,
        account_id=account.id,
        values=form.values,
        route=SubmissionRoute.PORTAL,
        at=timezone.now(),
        taken_on=form.taken_on,
    )
    return sent.of_results(results, form.values, date_text=form.date_text)
