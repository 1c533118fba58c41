"""Payments at the desk: the register, one payment, giving money back (OPX-19, 31)."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kabinet.desk.access import Desk, staff_required
from kabinet.desk.payments import files
from kabinet.desk.payments.forms import RefundForm, RegisterForm
from kabinet.desk.payments.pages import PaymentPage, RegisterPages, shown_rows
from kabinet.kernel import spreadsheets
from kabinet.kernel.actors import Role
from kabinet.kernel.errors import Refused
from kabinet.payments.operations.looks import open_payment, open_register, take_register
from kabinet.payments.operations.receipts import ask_for_receipt_again
from kabinet.payments.operations.refunds import preview_refund, request_refund
from kabinet.payments.queries.contracts import get_contracts
from kabinet.payments.queries.register import RegisterSearch, get_merchant_choices
from kabinet.payments.queries.served_payment import PaymentNotFound, ServedPayment
from kabinet.ui.asked import page_number
from kabinet.ui.files import private_file

KINDS = {"csv": spreadsheets.CSV, "xlsx": spreadsheets.XLSX}

payment_staff = staff_required(Role.OPERATOR, Role.INTEGRATOR, Role.ADMINISTRATOR)
administrators = refund_staff = staff_required(Role.ADMINISTRATOR)


@require_safe
@payment_staff
def show_register(request: HttpRequest, desk: Desk) -> HttpResponse:
    merchants = get_merchant_choices(actor=desk.actor)
    form = RegisterForm(request.GET, merchants=merchants)
    search = form.search() if form.is_valid() else RegisterSearch()
    number = page_number(request)
    page = open_register(
        actor=desk.actor, search=search, merchants=merchants, page=number, at=timezone.now()
    )
    context = {
        "form": form,
        "rows": list(shown_rows(page.rows)),
        "totals": page.totals,
        "is_search": any(value for name, value in request.GET.items() if name != "page"),
        "pages": RegisterPages(request, number, has_more=page.has_more),
        "has_payees": bool(merchants),
    }
    status = 422 if form.errors else 200
    return render(request, "desk/payments/register.html", context, status=status)


@require_safe
@payment_staff
def download_register(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    """Give what the register's filters find; a filter that makes no sense leads back to its words."""
    merchants = get_merchant_choices(actor=desk.actor)
    form = RegisterForm(request.GET, merchants=merchants)
    if not form.is_valid():
        return redirect(f"{request.path.rpartition('/')[0]}/?{request.GET.urlencode()}")
    lines = take_register(
        actor=desk.actor, search=form.search(), merchants=merchants, at=timezone.now()
    )
    table = files.register_table(lines)
    content = (
        spreadsheets.as_csv(table)
        if kind == "csv"
        else spreadsheets.as_xlsx(table, title=_("Платежи"))
    )
    return private_file(content, name=f"payments.{kind}", content_type=KINDS[kind])


@require_safe
@payment_staff
def show_payment(
    request: HttpRequest, desk: Desk, checkout_id: uuid.UUID, part: int
) -> HttpResponse:
    payment = open_payment(actor=desk.actor, checkout_id=checkout_id, part=part, at=timezone.now())
    return render(request, "desk/payments/payment.html", {"page": PaymentPage(payment)})


@require_POST
@payment_staff
def ask_receipt(
    request: HttpRequest, desk: Desk, checkout_id: uuid.UUID, part: int
) -> HttpResponse:
    """Have the bank asked once more for a receipt that was given up."""
    number = request.POST.get("receipt", "")
    receipt_id = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0  # noqa: PLR2004 -- what fits the column
    ask_for_receipt_again(actor=desk.actor, receipt_id=receipt_id, at=timezone.now())
    messages.success(request, _("Спрашиваем банк о чеке ещё раз."))
    return redirect("desk-payment", checkout_id=checkout_id, part=part)


@require_http_methods(["GET", "HEAD", "POST"])
@refund_staff
def give_back(request: HttpRequest, desk: Desk, checkout_id: uuid.UUID, part: int) -> HttpResponse:
    """Sums and a reason first, then the same once more to be confirmed, then the bank."""
    payment = open_payment(actor=desk.actor, checkout_id=checkout_id, part=part, at=timezone.now())
    if not payment.may_return and request.method != "POST":
        raise PaymentNotFound
    form = RefundForm(request.POST or None, payment=payment)
    if request.method != "POST" or "back" in request.POST or not form.is_valid():
        is_wrong = request.method == "POST" and "back" not in request.POST
        return _refund_page(request, payment, form, status=422 if is_wrong else 200)
    try:
        if "confirmed" not in request.POST:
            preview = preview_refund(actor=desk.actor, order=form.order())
            context = {"page": PaymentPage(payment), "form": form, "preview": preview}
            return render(request, "desk/payments/confirm.html", context)
        request_refund(actor=desk.actor, order=form.order(), at=timezone.now())
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _refund_page(request, payment, form, status=422)
    messages.success(
        request,
        _("Возврат передан в банк. Обычно он отвечает за несколько секунд: обновите страницу."),
    )
    return redirect("desk-payment", checkout_id=checkout_id, part=part)


@require_safe
@administrators
def show_contracts(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Through which banks the money goes and which methods work now; the platform's people change it (OPX-04)."""
    contracts = get_contracts(actor=desk.actor, at=timezone.now())
    return render(request, "desk/payments/contracts.html", {"contracts": contracts})


def _refund_page(
    request: HttpRequest, payment: ServedPayment, form: RefundForm, *, status: int
) -> HttpResponse:
    context = {"page": PaymentPage(payment), "form": form}
    return render(request, "desk/payments/refund.html", context, status=status)
