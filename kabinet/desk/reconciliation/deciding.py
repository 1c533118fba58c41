"""Deciding what becomes of money on which the bank contradicts us: what, why, a second look, and once (OPX-31)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from kabinet.desk.access import Desk, staff_required
from kabinet.desk.reconciliation.forms import DecisionForm
from kabinet.desk.reconciliation.words import DONE, WAYS
from kabinet.kernel.actors import Actor, Role
from kabinet.kernel.errors import Refused
from kabinet.payments.enums import OF_A_PAYMENT, OF_A_REFUND, OF_ANOTHER_REFUND, Outcome
from kabinet.payments.operations.disputes import deciding, lost_refunds, other_refunds
from kabinet.payments.operations.disputes.deciding import Decision, Look
from kabinet.payments.operations.disputes.lost_refunds import LostRefund
from kabinet.payments.operations.disputes.other_refunds import OtherRefund
from kabinet.payments.operations.reconciliation.looks import open_three_books
from kabinet.payments.queries.three_books import ThreeBooks, Waiting

AnyLook = Look | LostRefund | OtherRefund


class Decider(Protocol):
    def __call__(self, *, actor: Actor, decision: Decision, at: datetime) -> None: ...


deciding_staff = staff_required(Role.ADMINISTRATOR)


@require_http_methods(["GET", "HEAD", "POST"])
@deciding_staff
def decide(request: HttpRequest, desk: Desk, discrepancy_id: int) -> HttpResponse:
    books = open_three_books(actor=desk.actor, discrepancy_id=discrepancy_id, at=timezone.now())
    if "confirmed" in request.POST:
        ways = (*OF_A_PAYMENT, *OF_A_REFUND, *OF_ANOTHER_REFUND)
        form = DecisionForm(request.POST, discrepancy_id=discrepancy_id, ways=ways)
        if form.is_valid():
            return _carry_out(request, desk.actor, form.decision())
    try:
        look = _look(desk.actor, discrepancy_id, books.waits_for)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("desk-discrepancy", discrepancy_id=discrepancy_id)
    form = DecisionForm(request.POST or None, discrepancy_id=discrepancy_id, ways=look.ways)
    is_asked = request.method == "POST" and "back" not in request.POST
    if is_asked and form.is_valid():
        return _confirm_page(request, books, look, form.decision())
    return _page(request, books, look, form, status=422 if is_asked else 200)


def _look(actor: Actor, discrepancy_id: int, waits_for: Waiting | None) -> AnyLook:
    if waits_for is Waiting.REFUND:
        return lost_refunds.look(actor=actor, discrepancy_id=discrepancy_id, at=timezone.now())
    if waits_for is Waiting.OTHER_REFUND:
        return other_refunds.look(actor=actor, discrepancy_id=discrepancy_id, at=timezone.now())
    return deciding.look(actor=actor, discrepancy_id=discrepancy_id)


def _carry_out(request: HttpRequest, actor: Actor, decision: Decision) -> HttpResponse:
    """What was refused sends back to the difference, which says how things stand now."""
    try:
        _decider(decision.way)(actor=actor, decision=decision, at=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, str(DONE[decision.way]))
    return redirect("desk-discrepancy", discrepancy_id=decision.discrepancy_id)


def _decider(way: Outcome) -> Decider:
    if way in OF_A_REFUND:
        return lost_refunds.decide
    return other_refunds.decide if way in OF_ANOTHER_REFUND else deciding.decide


def _page(
    request: HttpRequest,
    books: ThreeBooks,
    look: AnyLook,
    form: DecisionForm,
    *,
    status: int,
) -> HttpResponse:
    context = {"row": books.row, "word": look, "form": form, "about": _about(look)}
    return render(request, "desk/reconciliation/decide.html", context, status=status)


def _confirm_page(
    request: HttpRequest, books: ThreeBooks, look: AnyLook, decision: Decision
) -> HttpResponse:
    """The bank's word is the one of this page, not of the first."""
    context = {
        "row": books.row,
        "word": look,
        "decision": decision,
        "way": decision.way.value,
        "button": WAYS[decision.way],
    }
    return render(request, "desk/reconciliation/confirm.html", context)


def _about(look: AnyLook) -> str:
    if isinstance(look, LostRefund):
        return "lost_refund"
    return "other_refund" if isinstance(look, OtherRefund) else "payment"
