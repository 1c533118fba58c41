"""«Счета и платежи»: bills, charges, a month in detail, settlements by service, payments."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing import queries
from kabinet.billing.calculations import earliest_period
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature
from kabinet.web.bills.forms import ChargeSearchForm, PaymentSearchForm
from kabinet.web.bills.tabs import settlements_title, tabs
from kabinet.web.portal import Portal, account_page


def _frame(account: LinkedAccountRow, here: str) -> dict[str, object]:
    """What every page of the section needs."""
    return {
        "account": account,
        "sign": account.provider.policy.balance_sign,
        "style": account.provider.style,
        "tabs": tabs(account, here),
    }


def _since(account: LinkedAccountRow) -> Period:
    """The first month that the provider shows (BIL-03)."""
    today = account.local_date(timezone.now())
    return earliest_period(today, history_months=account.provider.policy.bill_history_months)


def _chosen_year(request: HttpRequest, years: Sequence[int]) -> int | None:
    """The year asked for in the address, if there is one, else the newest."""
    asked = request.GET.get("year", "")
    if asked.isascii() and asked.isdigit() and int(asked) in years:
        return int(asked)
    return next(iter(years), None)


@require_safe
@account_page(Feature.BILLS)
def show_bills(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    actor = portal.actor
    years = queries.get_bill_years(actor=actor, account_id=account.id)
    year = _chosen_year(request, years)
    bills = queries.get_bills(actor=actor, account_id=account.id, year=year) if year else []
    due = _due_if_open(portal, account)
    return render(
        request,
        "web/bills/bills.html",
        {
            **_frame(account, "bills"),
            "due": due,
            "tables": [queries.general_table_of(bill) for bill in due.bills] if due else [],
            "bills": bills,
            "has_penalty": any(bill.has_penalty for bill in bills),
            "years": years,
            "year": year,
        },
    )


@require_safe
@account_page(Feature.CHARGES)
def show_charges(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    since = _since(account)
    form = ChargeSearchForm(request.GET or None)
    is_search = form.is_bound and form.is_valid()
    search = form.search(since=since) if is_search else queries.PeriodSearch(since)
    history = queries.get_charge_history(actor=portal.actor, account_id=account.id, search=search)
    return render(
        request,
        "web/bills/charges.html",
        {
            **_frame(account, "charges"),
            "form": form,
            "history": history,
            "is_search": is_search,
            "cut_to": since if is_search and form.reaches_beyond(since) else None,
        },
        status=422 if form.errors else 200,
    )


@require_safe
@account_page(Feature.CHARGES)
def show_month(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow, month: str
) -> HttpResponse:
    try:
        period = Period.parse(month)
    except ValueError as error:
        raise Http404 from error
    policy = account.provider.policy
    breakdown = queries.get_month_breakdown(
        actor=portal.actor,
        account_id=account.id,
        period=period,
        since=_since(account),
        clamp=policy.clamp_negative_rows,
    )
    return render(
        request,
        "web/bills/month.html",
        {
            **_frame(account, "charges"),
            "month": breakdown,
            "charged": Money.total(row.bill.charged_in_all for row in breakdown.bills),
            "can_download": account.opens(Feature.BILLS),
        },
    )


@require_safe
@account_page(Feature.CHARGES)
def show_settlements(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow
) -> HttpResponse:
    actor, since = portal.actor, _since(account)
    years = queries.get_settlement_years(actor=actor, account_id=account.id, since=since)
    year = _chosen_year(request, years)
    services = (
        queries.get_settlements(actor=actor, account_id=account.id, year=year, since=since)
        if year
        else []
    )
    return render(
        request,
        "web/bills/settlements.html",
        {
            **_frame(account, "settlements"),
            "title": settlements_title(account),
            "due": _due_if_open(portal, account),
            "services": services,
            "years": years,
            "year": year,
        },
    )


def _due_if_open(portal: Portal, account: LinkedAccountRow) -> queries.DueRow | None:
    if not account.opens(Feature.BALANCE):
        return None
    return queries.get_due(actor=portal.actor, account=account, at=timezone.now())


@require_safe
@account_page(Feature.PAYMENTS)
def show_payments(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    since = _since(account).first_day
    form = PaymentSearchForm(request.GET or None)
    is_search = form.is_bound and form.is_valid()
    search = form.search(since=since) if is_search else queries.PaymentSearch(since)
    payments = queries.get_payments(actor=portal.actor, account_id=account.id, search=search)
    return render(
        request,
        "web/bills/payments.html",
        {
            **_frame(account, "payments"),
            "form": form,
            "payments": payments,
            "total": Money.total(payment.amount for payment in payments),
            "has_processed": any(payment.processed_on for payment in payments),
            "has_place": any(payment.place for payment in payments),
            "has_service": any(payment.service_name for payment in payments),
            "is_search": is_search,
            "cut_to": since if is_search and form.reaches_beyond(since) else None,
        },
        status=422 if form.errors else 200,
    )
