"""Meters, submission of readings and their history (MET-01, 02, 08, 09, 12, 13, 31)."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.metering.enums import SubmissionRoute
from kabinet.metering.operations import TypedValue, submit_readings
from kabinet.metering.queries import get_reading_history, get_readings_summary
from kabinet.metering.rows import MeterRow
from kabinet.providers.enums import Feature
from kabinet.web.portal import Portal, account_page
from kabinet.web.readings import history, sent, sentences
from kabinet.web.readings.page import build_page
from kabinet.web.readings.sent import SentForm

_FIELD = re.compile(r"r-(?P<meter>[0-9a-f-]{36})-(?P<zone>[A-Z0-9]{0,2})")
_LONGEST_TEXT = 64
_MOST_ANSWERS = 4


@require_http_methods(["GET", "HEAD", "POST"])
@account_page(Feature.METERS)
def show_readings(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    """One form for all meters; a POST is answered by a redirect to the page with the outcome (PRG)."""
    if request.method == "POST":
        form = _submit(request.POST, portal, account)
        key = sent.keep(request.session, account.public_id, form)
        address = reverse("readings", kwargs={"account_id": account.public_id})
        return redirect(f"{address}?{urlencode({sent.PARAMETER: key})}#answer")

    kept = sent.recall(request.session, account.public_id, request.GET.get(sent.PARAMETER, ""))
    page = build_page(actor=portal.actor, account=account, at=timezone.now(), sent=kept)
    return render(request, "web/readings/readings.html", {"account": account, "page": page})


@require_safe
@account_page(Feature.METERS)
def show_meter_history(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow, meter_id: uuid.UUID
) -> HttpResponse:
    page = get_reading_history(
        actor=portal.actor, account_id=account.id, meter_id=meter_id, at=timezone.now()
    )
    whole = request.GET.get("depth") == "all"
    view = history.to_view(page, account=account, at=timezone.now(), whole=whole)
    return render(request, "web/readings/history.html", {"account": account, "page": view})


def _submit(post: QueryDict, portal: Portal, account: LinkedAccountRow) -> SentForm:
    date_text = post.get("taken_on", "").strip()[:_LONGEST_TEXT]
    texts = _typed_texts(post)
    if account.provider.policy.tick_by_default:
        texts = _ticked(post, texts, portal, account)
    else:
        texts = {meter: zones for meter, zones in texts.items() if any(zones.values())}
    values = [
        TypedValue(meter, zone, text, _answers(post, meter, zone))
        for meter, zones in texts.items()
        for zone, text in zones.items()
    ]
    if not values:
        return SentForm(nothing=True, date_text=date_text)
    taken_on = _taken_on(date_text) if account.provider.policy.ask_reading_date else None
    if taken_on is None and date_text and account.provider.policy.ask_reading_date:
        return sent.of_wrong_date(values, date_text=date_text)

    results = submit_readings(
        actor=portal.actor,
        account_id=account.id,
        values=values,
        route=SubmissionRoute.PORTAL,
        at=timezone.now(),
        taken_on=taken_on,
    )
    return sent.of_results(results, values, date_text=date_text)


def _typed_texts(post: QueryDict) -> Mapping[uuid.UUID, Mapping[str, str]]:
    typed: dict[uuid.UUID, dict[str, str]] = defaultdict(dict)
    for name in post:
        match = _FIELD.fullmatch(name)
        meter = _uuid(match["meter"]) if match else None
        if match and meter:
            typed[meter][match["zone"]] = post.get(name, "").strip()[:_LONGEST_TEXT]
    return typed


def _answers(post: QueryDict, meter: uuid.UUID, zone: str) -> frozenset[str]:
    """The questions about this register that the person has answered with «yes»."""
    given = post.getlist(f"c-{meter}-{zone}")[:_MOST_ANSWERS]
    return frozenset(text[:_LONGEST_TEXT] for text in given)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _taken_on(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _ticked(
    post: QueryDict,
    texts: Mapping[uuid.UUID, Mapping[str, str]],
    portal: Portal,
    account: LinkedAccountRow,
) -> Mapping[uuid.UUID, Mapping[str, str]]:
    """A ticked meter goes whether or not its value was typed; an untouched one as its last value (MET-09).

    Submission then asks whether the use is really zero.
    """
    summary = get_readings_summary(actor=portal.actor, account_id=account.id, at=timezone.now())
    ticked = {meter for meter in texts if f"t-{meter}" in post}
    last = {meter.public_id: _last_texts(meter) for meter in summary.meters}
    return {
        meter: zones if any(zones.values()) else last.get(meter, zones)
        for meter, zones in texts.items()
        if meter in ticked
    }


def _last_texts(meter: MeterRow) -> Mapping[str, str]:
    return {
        row.zone: sentences.dial_text(row.previous.value, meter) if row.previous else ""
        for row in meter.registers
    }
