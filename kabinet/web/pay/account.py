"""«Оплатить этот счёт»: the fast path, which leaves the person's cart alone (PAY-02, 20–23)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import resolve
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel.errors import Refused
from kabinet.payments.enums import Origin
from kabinet.payments.operations.cart import put_typed_in_cart
from kabinet.payments.operations.quiet import AlreadyUnderWay
from kabinet.payments.queries.means import get_beside
from kabinet.payments.queries.payables import get_payables
from kabinet.providers.enums import Feature
from kabinet.web.pay import readings
from kabinet.web.pay.account_page import AccountPage, Filled, Row, fresh, read, rows_of
from kabinet.web.pay.choosing import card_systems, grand, saves_cards
from kabinet.web.pay.forms import PayForm
from kabinet.web.pay.help_words import help_for
from kabinet.web.pay.payers import Payer
from kabinet.web.pay.starting import own_checkout, pressed_before, start
from kabinet.web.portal import Portal, account_page, actor_of

CHANGED = 409
UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
@account_page(Feature.PAY)
def pay_account(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    """Show what is due with its boxes; pay it, or put it into the cart."""
    pressed = request.POST.get("do", "")
    twice = pressed_before(request) if pressed == "pay" else None
    if twice is not None:
        return twice
    page = _page(request, portal, account)
    if request.method != "POST":
        return _render(request, page, _form(request, page))
    if pressed not in {"pay", "cart"}:
        return _render(request, page, _kept_form(request, page), _status(page))
    if request.POST.get("version", "") != page.version:
        return _render(request, page, _kept_form(request, page), CHANGED, _Said(is_changed=True))
    if pressed == "cart":
        return _put(request, portal, page)
    return _pay(request, portal, page)


def _status(page: AccountPage) -> int:
    return 200 if page.is_fine else UNPROCESSABLE


def _page(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> AccountPage:
    at = timezone.now()
    payables = get_payables(actor=portal.actor, accounts=[account], at=at)[account.id]
    rows = rows_of(payables)
    is_only = sum(1 for row in rows if row.payee) <= 1
    return AccountPage(
        payables=payables,
        beside=get_beside(actor=portal.actor, accounts=[account]),
        filled=_filled(request, rows, is_only=is_only),
    )


def _filled(request: HttpRequest, rows: Sequence[Row], *, is_only: bool) -> Sequence[Filled]:
    if request.method == "POST":
        return [read(request.POST, row, is_only=is_only) for row in rows]
    supplier = request.GET.get("supplier", "")
    known = {line.supplier_name for row in rows for line in row.lines}
    named = supplier if supplier in known else ""
    return [fresh(row, is_only=is_only, supplier=named) for row in rows]


def _put(request: HttpRequest, portal: Portal, page: AccountPage) -> HttpResponse:
    if not page.is_fine or not page.lines:
        return _render(
            request, page, _kept_form(request, page), UNPROCESSABLE, _Said(is_empty=True)
        )
    put_typed_in_cart(
        actor=portal.actor,
        account_id=page.payables.account.public_id,
        lines=page.typed_lines,
        at=timezone.now(),
    )
    return redirect("cart")


def _pay(request: HttpRequest, portal: Portal, page: AccountPage) -> HttpResponse:
    form = _form(request, page, posted=request.POST)
    if not form.is_valid() or not page.is_fine or page.bounds or not page.lines:
        return _render(request, page, form, UNPROCESSABLE, _Said(is_empty=not page.lines))
    at, account = timezone.now(), page.payables.account
    # The readings go first: a payment that fails does not undo them (MET-10).
    handed = None
    if readings.is_offered(account):
        handed = readings.hand_over(request, portal.actor, account, at)
    if handed and not handed.is_fine and readings.GO_ON not in request.POST:
        block = readings.refused_block(request, portal.actor, account, handed, at)
        return _render(request, page, form, UNPROCESSABLE, _Said(block=block))
    return _begin(request, portal, page, form, handed)


def _begin(
    request: HttpRequest,
    portal: Portal,
    page: AccountPage,
    form: PayForm,
    handed: readings.Outcome | None,
) -> HttpResponse:
    order = form.order(page.lines, Origin.ACCOUNT)
    try:
        response = start(request, payer=Payer(portal.actor), order=order, at=timezone.now())
    except AlreadyUnderWay as refusal:
        form.add_error(None, str(refusal))
        running = own_checkout(Payer(portal.actor), refusal.checkout_id)
        said = _Said(under_way=running, is_under_way=True)
        return _render(request, page, form, UNPROCESSABLE, said)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _render(request, page, form, UNPROCESSABLE)
    if handed:
        readings.keep_told(request, resolve(response.url).kwargs["checkout_id"], handed)
    return response


def _form(request: HttpRequest, page: AccountPage, *, posted: Any = None) -> PayForm:
    return PayForm(
        ways=page.ways,
        saves_cards=saves_cards(page.ways, page.payees),
        email=getattr(request.user, "email", "") or "",
        posted=posted,
    )


def _kept_form(request: HttpRequest, page: AccountPage) -> PayForm:
    form = _form(request, page)
    form.keep(request.POST)
    return form


@dataclass(frozen=True, slots=True)
class _Said:
    """What the page says about what was pressed."""

    is_changed: bool = False
    is_empty: bool = False
    is_under_way: bool = False
    under_way: uuid.UUID | None = None
    block: readings.Block | None = None


def _readings(request: HttpRequest, account: LinkedAccountRow) -> readings.Block | None:
    if not readings.is_offered(account):
        return None
    if request.method == "POST":
        return readings.unsent_block(request, actor_of(request), account, timezone.now())
    if "readings" in request.GET:
        return readings.fresh_block(actor_of(request), account)
    return readings.Block(account)


def _render(
    request: HttpRequest,
    page: AccountPage,
    form: PayForm,
    status: int = 200,
    said: _Said | None = None,
) -> HttpResponse:
    said = said or _Said()
    return render(
        request,
        "web/pay/account.html",
        {
            "account": page.payables.account,
            "page": page,
            "form": form,
            "ways": page.ways,
            "grand": grand(page.total, page.ways, form.chosen),
            "systems": card_systems(page.providers),
            "help": help_for(page.providers, page.beside.helps),
            "is_changed": said.is_changed,
            "is_empty": said.is_empty,
            "under_way": said.under_way,
            "is_under_way": said.is_under_way,
            "why_not": page.why_not,
            "readings": said.block or _readings(request, page.payables.account),
        },
        status=status,
    )
