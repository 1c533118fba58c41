"""The daily comparison of books at the desk: days, differences, what each book says (PAY-46, OPX-19)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kabinet.desk.access import Desk, staff_required
from kabinet.desk.payments.pages import RegisterPages
from kabinet.desk.reconciliation.files import discrepancy_table
from kabinet.desk.reconciliation.forms import CloseForm, DiscrepancyForm
from kabinet.desk.reconciliation.words import ADVICE, STANDING, STANDING_KINDS
from kabinet.kernel import spreadsheets
from kabinet.kernel.actors import Role
from kabinet.kernel.errors import Refused
from kabinet.payments.operations.reconciliation import close_discrepancy, order_again
from kabinet.payments.operations.reconciliation.looks import (
    open_discrepancies,
    open_three_books,
    take_discrepancies,
)
from kabinet.payments.queries.reconciliation import DayRow, DiscrepancyRow, Standing, get_days
from kabinet.payments.queries.register import get_merchant_choices
from kabinet.payments.queries.three_books import ThreeBooks
from kabinet.ui import formatting
from kabinet.ui.asked import page_number
from kabinet.ui.files import private_file

KINDS = {"csv": spreadsheets.CSV, "xlsx": spreadsheets.XLSX}

payment_staff = staff_required(Role.OPERATOR, Role.INTEGRATOR, Role.ADMINISTRATOR)


@require_safe
@payment_staff
def show_days(request: HttpRequest, desk: Desk) -> HttpResponse:
    number = page_number(request)
    rows, has_more = get_days(actor=desk.actor, page=number)
    context = {
        "days": list(_shown_days(rows)),
        "pages": RegisterPages(request, number, has_more=has_more),
        "has_payees": bool(rows) or bool(get_merchant_choices(actor=desk.actor)),
    }
    return render(request, "desk/reconciliation/days.html", context)


@require_POST
@payment_staff
def compare_again(request: HttpRequest, desk: Desk, reconciliation_id: int) -> HttpResponse:
    order_again(actor=desk.actor, reconciliation_id=reconciliation_id, at=timezone.now())
    messages.success(request, _("Сверим этот день ещё раз: обновите страницу через минуту."))
    return redirect("desk-reconciliation")


@require_safe
@payment_staff
def show_discrepancies(request: HttpRequest, desk: Desk) -> HttpResponse:
    merchants = get_merchant_choices(actor=desk.actor)
    form = DiscrepancyForm(request.GET, merchants=merchants)
    if not form.is_valid():
        return render(request, "desk/reconciliation/discrepancies.html", {"form": form}, status=422)
    number = page_number(request)
    page = open_discrepancies(
        actor=desk.actor, search=form.search(), page=number, at=timezone.now()
    )
    context = {
        "form": form,
        "rows": list(_shown(page.rows)),
        "is_search": any(value for name, value in request.GET.items() if name != "page"),
        "pages": RegisterPages(request, number, has_more=page.has_more),
    }
    return render(request, "desk/reconciliation/discrepancies.html", context)


@require_safe
@payment_staff
def download_discrepancies(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    """Give what the page's filters find; filters that make no sense lead back to their words."""
    form = DiscrepancyForm(request.GET, merchants=get_merchant_choices(actor=desk.actor))
    if not form.is_valid():
        return redirect(f"{request.path.rpartition('/')[0]}/?{request.GET.urlencode()}")
    rows = take_discrepancies(actor=desk.actor, search=form.search(), at=timezone.now())
    table = discrepancy_table(rows)
    content = (
        spreadsheets.as_csv(table)
        if kind == "csv"
        else spreadsheets.as_xlsx(table, title=_("Расхождения"))
    )
    return private_file(content, name=f"discrepancies.{kind}", content_type=KINDS[kind])


@require_http_methods(["GET", "HEAD", "POST"])
@payment_staff
def show_discrepancy(request: HttpRequest, desk: Desk, discrepancy_id: int) -> HttpResponse:
    """What the bank, we and the provider say; staff close it with a word how it ended."""
    at = timezone.now()
    books = open_three_books(actor=desk.actor, discrepancy_id=discrepancy_id, at=at)
    form = CloseForm(request.POST or None, may_settle=books.may_settle)
    if request.method != "POST" or not form.is_valid():
        return _book_page(request, books, form, status=422 if form.is_bound else 200)
    try:
        close_discrepancy(
            actor=desk.actor,
            discrepancy_id=discrepancy_id,
            note=form.cleaned_data["note"],
            settles_entry=form.cleaned_data.get("settles_entry", False),
            at=at,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _book_page(request, books, form, status=409)
    messages.success(request, _("Расхождение закрыто."))
    return redirect("desk-discrepancies")


def _book_page(
    request: HttpRequest, books: ThreeBooks, form: CloseForm, *, status: int
) -> HttpResponse:
    row = books.row
    context = {
        "books": books,
        "row": row,
        "form": form,
        "advice": ADVICE[row.kind],
        "standing": STANDING[row.standing],
        "standing_kind": STANDING_KINDS[row.standing],
        "is_open": row.standing is Standing.OPEN,
        "found": _moment(row.found_at, row.timezone),
        "ended": _moment(books.closed_at or books.gone_at, row.timezone),
        "bank_at": _moment(books.bank.happened_at if books.bank else None, row.timezone),
        "own_at": _moment(books.own.moment if books.own else None, row.timezone),
    }
    return render(request, "desk/reconciliation/discrepancy.html", context, status=status)


def _shown_days(rows: Iterable[DayRow]) -> Iterator[dict[str, object]]:
    for row in rows:
        yield {
            "row": row,
            "finished": _moment(row.finished_at, row.timezone),
            "open": [(kind, number) for kind, number in row.open.items() if number],
        }


def _shown(rows: Iterable[DiscrepancyRow]) -> Iterator[dict[str, object]]:
    for row in rows:
        yield {"row": row, "standing": STANDING[row.standing], "kind": STANDING_KINDS[row.standing]}


def _moment(at: datetime | None, zone: str) -> str:
    """By the provider's clock."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(zone))
    return f"{formatting.short_date(local)} {local:%H:%M}"
