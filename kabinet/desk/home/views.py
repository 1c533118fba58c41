from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kabinet.desk.access import Desk, staff_required
from kabinet.exchange.queries import get_import_runs

SHOWN_RUNS = 5


@require_safe
@staff_required()
def show_home(request: HttpRequest, desk: Desk) -> HttpResponse:
    """For whom the person works, and what the exchange did last."""
    runs = get_import_runs(actor=desk.actor)[:SHOWN_RUNS] if desk.exchanges else ()
    return render(request, "desk/home.html", {"desk": desk, "runs": runs})
