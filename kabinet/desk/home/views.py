from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import count_waiting_requests
from kabinet.desk.access import Desk, staff_required
from kabinet.exchange.queries import get_import_runs
from kabinet.exchange.waiting import count_waiting_readings
from kabinet.identity.queries import is_sign_up_lawful
from kabinet.payments.queries.reconciliation import count_open_discrepancies
from kabinet.payments.queries.register import count_failed_receipts

SHOWN_RUNS = 5


@require_safe
@staff_required()
def show_home(request: HttpRequest, desk: Desk) -> HttpResponse:
    """For whom the person works, what waits for them, and what the exchange did last."""
    runs = get_import_runs(actor=desk.actor)[:SHOWN_RUNS] if desk.exchanges else ()
    waiting = count_waiting_requests(actor=desk.actor) if desk.confirms_accounts else 0
    unanswered = (
        count_waiting_readings(actor=desk.actor, at=timezone.now()) if desk.sees_accounts else 0
    )
    differing = count_open_discrepancies(actor=desk.actor) if desk.sees_payments else 0
    no_receipt = count_failed_receipts(actor=desk.actor) if desk.sees_payments else 0
    context = {
        "desk": desk,
        "runs": runs,
        "waiting": waiting,
        "unanswered": unanswered,
        "differing": differing,
        "no_receipt": no_receipt,
        "sign_up_is_closed": not is_sign_up_lawful(),
    }
    return render(request, "desk/home.html", context)
