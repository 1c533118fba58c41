"""Deciding what becomes of money on which the bank contradicts us: what, why, a second look, and once (OPX-31)."""

from __future__ import annotations

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
from kabinet.payments.enums import OF_A_PAYMENT, OF_A_REFUND
from kabinet.payments.operations.disputes import deciding, lost_refunds
from kabinet.payments.operations.disputes.deciding import Decision, Look
from kabinet.payments.operations.disputes.lost_refunds import LostRefund
from kabinet.payments.operations.reconciliation.looks import open_three_books
from kabinet.payments.queries.three_books import ThreeBooks, Waiting

deciding_staff = staff_required(Role.ADMINISTRATOR)


@require_http_methods(["GET", "HEAD", "POST"])
@deciding_staff
def decide(request: HttpRequest, desk: Desk, discrepancy_id: int) -> HttpResponse:
    books = open_three_books(actor=desk.actor, discrepancy_id=discrepancy_id, at=timezone.now())
    is_refund = books.waits_for is Waiting.REFUND
    if "confirmed" in request.POST:
        ways = (*OF_A_PAYMENT, *OF_A_REFUND)
        form = DecisionForm(request.POST, discrepancy_id=discrepancy_id, ways=ways)
        if form.is_valid():
            return _carry_out(request, desk.actor, form.decision())
    try:
        look = _look(desk.actor, discrepancy_id, is_refund=is_refund)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("desk-discrepancy", discrepancy_id=discrepancy_id)
    form = DecisionForm(request.POST or None, discrepancy_id=discrepancy_id, ways=look.ways)
    is_asked = request.method == "POST" and "back" not in request.POST
    if is_asked and form.is_valid():
        return _confirm_page(request, books, look, form.decision())
    return _page(request, books, look, form, status=422 if is_asked else 200)


def _look(actor: Actor, discrepancy_id: int, *, is_refund: bool) -> Look | LostRefund:
    if is_refund:
        return lost_refunds.look(actor=actor, discrepancy_id=discrepancy_id, at=timezone.now())
    return deciding.look(actor=actor, discrepancy_id=discrepancy_id)


def _carry_out(request: HttpRequest, actor: Actor, decision: Decision) -> HttpResponse:
    """What was refused sends back to the difference, which says how things stand now."""
    what = lost_refunds.decide if decision.way in OF_A_REFUND else deciding.decide
    try:
        what(actor=actor, decision=decision, at=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, str(DONE[decision.way]))
    return redirect("desk-discrepancy", discrepancy_id=decision.discrepancy_id)


def _page(
    request: HttpRequest,
    books: ThreeBooks,
    look: Look | LostRefund,
    form: DecisionForm,
    *,
    status: int,
) -> HttpResponse:
    context = {"row": books.row, "word": look, "form": form, "is_refund": _is_refund(look)}
    return render(request, "desk/reconciliation/decide.html", context, status=status)


def _confirm_page(
    request: HttpRequest, books: ThreeBooks, look: Look | LostRefund, decision: Decision
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


def _is_refund(look: Look | LostRefund) -> bool:
    return isinstance(look, LostRefund)
