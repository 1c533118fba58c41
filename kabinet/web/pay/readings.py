"""Readings handed over while paying (MET-10, PAY-05): they go first, and have an outcome of their own."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.metering.enums import SubmissionRoute
from kabinet.metering.operations import submit_readings
from kabinet.providers.enums import Feature
from kabinet.providers.queries import PolicyRow
from kabinet.web.portal import Portal, account_page
from kabinet.web.readings import sent, typed
from kabinet.web.readings.page import ReadingsPage, build_page
from kabinet.web.readings.sent import SentForm
from kabinet.web.readings.typed import TypedForm

# Set by the person who pays although a reading was refused.
GO_ON = "without_readings"
SESSION_KEY = "readings_with_payment"
MOST_KEPT = 5


@dataclass(frozen=True, slots=True)
class Block:
    """The readings' part of the payment page. Without ``page`` it is fetched by itself, where there is anything to type.

    ``asks`` offers to pay although something was refused; ``goes_on``: that is ticked.
    """

    account: LinkedAccountRow
    page: ReadingsPage | None = None
    problem: str = ""
    asks: bool = False
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """``told`` says of each stored meter what was taken; ``form`` is what the page shows when something was not."""

    form: SentForm
    told: Sequence[tuple[str, str]] = ()
    problem: str = ""

    @property
    def is_fine(self) -> bool:
        stored = all(self.form.meter_is_stored(meter) for meter in self.form.meters)
        return stored and not self.problem and not self.form.date_is_wrong


def is_offered(account: LinkedAccountRow) -> bool:
    """Whether meters may be asked about at all; no query."""
    return (
        account.provider.policy.pay_with_readings
        and account.opens(Feature.METERS)
        and account.opens(Feature.SUBMIT_READINGS)
        and not account.is_closed
    )


@require_safe
@account_page(Feature.PAY)
def show_block(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    """The fields alone, for the page that pays; nothing where no meter takes readings now."""
    block = fresh_block(portal.actor, account) if is_offered(account) else None
    return render(request, "web/pay/_readings.html", {"readings": block})


def fresh_block(actor: Actor, account: LinkedAccountRow) -> Block | None:
    page = _page(actor, account, None, timezone.now())
    return Block(account, page) if page.is_open and not page.replaces else None


def unsent_block(
    request: HttpRequest, actor: Actor, account: LinkedAccountRow, at: datetime
) -> Block:
    """What was typed, when the page is shown again before anything was sent."""
    form = _read(request, account)
    if not form.values and "r-shown" not in request.POST:
        return Block(account)
    page = _page(actor, account, sent.of_unsent(form.values, date_text=form.date_text), at)
    return Block(account, page, goes_on=GO_ON in request.POST, asks=GO_ON in request.POST)


def refused_block(
    request: HttpRequest, actor: Actor, account: LinkedAccountRow, outcome: Outcome, at: datetime
) -> Block:
    page = _page(actor, account, outcome.form, at)
    return Block(account, page, problem=outcome.problem, asks=True, goes_on=GO_ON in request.POST)


def hand_over(
    request: HttpRequest, actor: Actor, account: LinkedAccountRow, at: datetime
) -> Outcome:
    """Submit what was typed; the same values once more are the readings that are there already."""
    form = _read(request, account)
    if not form.values:
        return Outcome(SentForm())
    if form.date_is_wrong:
        return Outcome(form.unsent)
    try:
        results = submit_readings(
            actor=actor,
            account_id=account.id,
            values=form.values,
            route=SubmissionRoute.PAYMENT,
            at=at,
            taken_on=form.taken_on,
        )
    except Refused as refusal:
        unsent = sent.of_unsent(form.values, date_text=form.date_text)
        return Outcome(unsent, problem=str(refusal))
    done = sent.of_results(results, form.values, date_text=form.date_text)
    return Outcome(done, told=_told(_page(actor, account, done, at), done))


def keep_told(request: HttpRequest, checkout_id: uuid.UUID, outcome: Outcome) -> None:
    """The payment's page tells what became of the readings that went with it."""
    if not outcome.form.meters and not outcome.problem:
        return
    kept = dict(list((request.session.get(SESSION_KEY) or {}).items())[-MOST_KEPT + 1 :])
    refused = "" if outcome.is_fine else _("Остальные показания не приняты. Передайте их отдельно.")
    request.session[SESSION_KEY] = {**kept, str(checkout_id): [list(outcome.told), refused]}


def told_with(request: HttpRequest, checkout_id: uuid.UUID) -> tuple[Sequence[Sequence[str]], str]:
    """Titles and values of what was handed over with this payment, and what is to be said of the rest."""
    kept = (request.session.get(SESSION_KEY) or {}).get(str(checkout_id))
    return (kept[0], kept[1]) if kept else ((), "")


def _told(page: ReadingsPage, form: SentForm) -> Sequence[tuple[str, str]]:
    return [
        (box.title, ", ".join(register.text for register in box.registers if register.text))
        for box in page.boxes
        if form.meter_is_stored(box.meter.public_id)
    ]


def _read(request: HttpRequest, account: LinkedAccountRow) -> TypedForm:
    return typed.read(request.POST, policy=_by_typing(account), get_meters=tuple)


def _page(
    actor: Actor, account: LinkedAccountRow, form: SentForm | None, at: datetime
) -> ReadingsPage:
    page = build_page(actor=actor, account=account, at=at, sent=form)
    return replace(page, ticks=False, has_links=False)


def _by_typing(account: LinkedAccountRow) -> PolicyRow:
    """Whoever came to pay hands over what they typed and no more: an untouched meter is no answer (MET-09)."""
    return replace(account.provider.policy, tick_by_default=False)
