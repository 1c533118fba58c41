"""«Счета и платежи»: bills, charges, a month in detail, settlements, payments."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing import queries
from kabinet.billing.enums import Grouping
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature, Style
from kabinet.ui.asked import page_number
from kabinet.web.bills.forms import ChargeSearchForm, PaymentSearchForm
from kabinet.web.bills.section import (
    chosen_year,
    due_if_open,
    frame,
    pages,
    shown_since,
    this_month,
)
from kabinet.web.bills.tabs import settlements_title
from kabinet.web.portal import Portal, account_page

MONTHS_A_PAGE = 24
PAYMENTS_A_PAGE = 50


@require_safe
@account_page(Feature.BILLS)
def show_bills(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    actor = portal.actor
    known = queries.get_bill_years(actor=actor, account_id=account.id)
    years = chosen_year(request, account, known)
    year = years.chosen
    bills, archive = [], None
    if year is not None:
        bills = list(queries.get_bills(actor=actor, account_id=account.id, year=year))
        archive = queries.get_archive(
            actor=actor, account_id=account.id, year=year, at=timezone.now()
        )
    due = due_if_open(portal, account)
    return render(
        request,
        "web/bills/bills.html",
        {
            **frame(account, "bills"),
            "due": due,
            "tables": [queries.general_table_of(bill) for bill in due.bills] if due else [],
            "bills": bills,
            "this_month": this_month(account),
            "has_penalty": any(bill.has_penalty for bill in bills),
            "years": years,
            "year": year,
            "archive": archive,
        },
    )


@require_safe
@account_page(Feature.CHARGES)
def show_charges(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    since = shown_since(account)
    form = ChargeSearchForm(request.GET if _asks(request) else None)
    is_search = form.is_bound and form.is_valid()
    search = form.search(since=since) if is_search else queries.PeriodSearch(since)
    history = queries.get_charge_history(actor=portal.actor, account_id=account.id, search=search)
    count = len(history.months)
    place = pages(request, number=page_number(request), count=count, size=MONTHS_A_PAGE)
    start = (place.number - 1) * MONTHS_A_PAGE
    return render(
        request,
        "web/bills/charges.html",
        {
            **frame(account, "charges"),
            "form": form,
            "history": history,
            "months": history.months[start : start + MONTHS_A_PAGE],
            "last": history.last_begun(this_month(account)),
            "pages": place,
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
    breakdown = queries.get_month_breakdown(
        actor=portal.actor,
        account_id=account.id,
        period=period,
        since=shown_since(account),
        clamp=account.provider.policy.clamp_negative_rows,
    )
    return render(
        request,
        "web/bills/month.html",
        {
            **frame(account, "charges"),
            "month": breakdown,
            "charged": Money.total(row.bill.charged_in_all for row in breakdown.bills),
            "can_download": account.opens(Feature.BILLS),
            "is_ahead": period > this_month(account),
        },
    )


@require_safe
@account_page(Feature.CHARGES)
def show_settlements(
    request: HttpRequest, portal: Portal, account: LinkedAccountRow
) -> HttpResponse:
    actor, since = portal.actor, shown_since(account)
    known = queries.get_settlement_years(actor=actor, account_id=account.id, since=since)
    years = chosen_year(request, account, known)
    grouping = _grouping(request, account)
    groups = []
    if years.chosen is not None:
        groups = list(
            queries.get_settlements(
                actor=actor,
                account_id=account.id,
                year=years.chosen,
                since=since,
                grouping=grouping,
            )
        )
    return render(
        request,
        "web/bills/settlements.html",
        {
            **frame(account, "settlements"),
            "title": settlements_title(account),
            "due": due_if_open(portal, account),
            "groups": groups,
            "grouping": grouping,
            "groupings": Grouping,
            "has_open": any(group.is_open for group in groups),
            "years": years,
            "year": years.chosen,
        },
    )


def _grouping(request: HttpRequest, account: LinkedAccountRow) -> Grouping:
    """C's «Баланс» stands by supplier (BIL-20); the others' settlements by service."""
    asked = request.GET.get("by", "")
    if asked in Grouping.values:
        return Grouping(asked)
    return Grouping.SUPPLIER if account.provider.style == Style.C else Grouping.SERVICE


@require_safe
@account_page(Feature.PAYMENTS)
def show_payments(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    since = shown_since(account).first_day
    form = PaymentSearchForm(request.GET if _asks(request) else None)
    is_search = form.is_bound and form.is_valid()
    search = form.search(since=since) if is_search else queries.PaymentSearch(since)
    found = queries.get_payments(
        actor=portal.actor,
        account_id=account.id,
        search=search,
        size=PAYMENTS_A_PAGE,
        page=page_number(request),
    )
    return render(
        request,
        "web/bills/payments.html",
        {
            **frame(account, "payments"),
            "form": form,
            "found": found,
            "pages": pages(request, number=found.page, count=found.count, size=PAYMENTS_A_PAGE),
            "is_search": is_search,
            "cut_to": since if is_search and form.reaches_beyond(since) else None,
        },
        status=422 if form.errors else 200,
    )


def _asks(request: HttpRequest) -> bool:
    """Something to look for is in the address, and not only the number of a page."""
    return any(name != "page" for name in request.GET)
