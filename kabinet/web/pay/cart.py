"""The cart's page: lines, sums, and everything that is pressed there (PAY-30–34)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from kabinet.kernel.errors import Refused
from kabinet.payments.enums import Origin
from kabinet.payments.operations import cart as operations
from kabinet.payments.operations.quiet import AlreadyUnderWay
from kabinet.payments.queries.cart import get_cart
from kabinet.web.pay.cart_page import CartPage, TypedLines, is_fine, own_sums, read_typed, seen_sums
from kabinet.web.pay.choosing import card_systems, grand, saves_cards
from kabinet.web.pay.forms import PayForm
from kabinet.web.pay.help_words import help_for
from kabinet.web.pay.payers import Payer
from kabinet.web.pay.starting import own_checkout, pressed_before, start
from kabinet.web.portal import Portal, open_portal

CHANGED = 409
UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the page is shown with after something was pressed."""

    page: CartPage
    form: PayForm | None = None
    status: int = 200
    is_changed: bool = False
    is_under_way: bool = False
    under_way: uuid.UUID | None = None


@require_http_methods(["GET", "HEAD", "POST"])
def show_cart(request: HttpRequest) -> HttpResponse:
    """Show the cart, or do what was pressed in it; whatever it is, the sums that were typed are kept."""
    portal = open_portal(request)
    if request.method != "POST":
        return _render(request, _Answer(_page(portal)))
    pressed = request.POST.get("do", "")
    if pressed == "clear":
        operations.clear_cart(actor=portal.actor, at=timezone.now())
        return redirect("cart")
    if pressed == "drop":
        operations.drop_unpayable(actor=portal.actor, at=timezone.now())
        return redirect("cart")
    if pressed == "pay":
        return _pay(request, portal)
    return _change(request, portal, pressed)


@require_POST
def add_to_cart(request: HttpRequest) -> HttpResponse:
    """Put in a receipt, an account, a supplier or everything, as the pressed button says; then show the cart."""
    portal = open_portal(request)
    try:
        operations.put_in_cart(
            actor=portal.actor, choice=_choice(request.POST.get("what", "")), at=timezone.now()
        )
    except (operations.NothingIsDue, operations.NotPayableHere) as refusal:
        messages.warning(request, str(refusal))
    return redirect("cart")


def _choice(what: str) -> operations.Choice:
    """Read «all», «<account>» or «<account>:<due or ahead>:<receipt>»; anything else names no account."""
    if what == "all":
        return operations.Choice()
    account, _, rest = what.partition(":")
    ahead, colon, receipt = rest.partition(":")
    return operations.Choice(
        account=_uuid(account),
        receipt=receipt if colon else None,
        is_ahead=ahead == "ahead",
    )


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def _page(portal: Portal, typed: TypedLines | None = None) -> CartPage:
    cart = get_cart(actor=portal.actor, accounts=portal.accounts, at=timezone.now())
    return CartPage(cart, typed or {})


def _change(request: HttpRequest, portal: Portal, pressed: str) -> HttpResponse:
    """Keep what is typed, then take a line out or turn a receipt's preliminary charge on or off."""
    typed = dict(read_typed(request.POST, _page(portal).cart.lines))
    action, _, what = pressed.partition(":")
    if action == "remove":
        line_id = _uuid(what)
        operations.remove_from_cart(actor=portal.actor, line_id=line_id, at=timezone.now())
        typed.pop(line_id, None)
    operations.save_cart(actor=portal.actor, sums=own_sums(typed), at=timezone.now())
    if action == "take":
        return _take(request, portal, what)
    page = _page(portal, {} if is_fine(typed) else typed)
    status = 200 if is_fine(typed) else UNPROCESSABLE
    return _render(request, _Answer(page, _kept_form(request, page), status))


def _take(request: HttpRequest, portal: Portal, what: str) -> HttpResponse:
    """One of the two sums of a receipt replaces the other (PAY-32)."""
    try:
        operations.put_in_cart(actor=portal.actor, choice=_choice(what), at=timezone.now())
    except (operations.NothingIsDue, operations.NotPayableHere) as refusal:
        messages.warning(request, str(refusal))
    page = _page(portal)
    return _render(request, _Answer(page, _kept_form(request, page)))


def _pay(request: HttpRequest, portal: Portal) -> HttpResponse:
    """Pay exactly what the person has seen; a cart that has changed meanwhile is shown instead."""
    twice = pressed_before(request)
    if twice is not None:
        return twice
    seen = _page(portal)
    typed = read_typed(request.POST, seen.cart.lines)
    if request.POST.get("version", "") != seen.cart.version:
        return _changed(request, portal, typed)
    if not is_fine(typed):
        return _refused(request, CartPage(seen.cart, typed))
    operations.save_cart(actor=portal.actor, sums=own_sums(typed), at=timezone.now())
    page = _page(portal)
    paid = {line.public_id: (line.amount, line.penalty) for line in page.cart.ready}
    if paid != seen_sums(typed):
        return _changed(request, portal, {})
    return _start(request, portal, page)


def _changed(request: HttpRequest, portal: Portal, typed: TypedLines) -> HttpResponse:
    page = _page(portal, typed)
    form = _kept_form(request, page)
    return _render(request, _Answer(page, form, CHANGED, is_changed=True))


def _start(request: HttpRequest, portal: Portal, page: CartPage) -> HttpResponse:
    form = _form(request, page, posted=request.POST)
    if not form.is_valid() or not page.can_be_paid:
        return _refused(request, page, form)
    order = form.order([line.as_pay_line() for line in page.cart.ready], Origin.CART)
    try:
        return start(request, payer=Payer(portal.actor), order=order, at=timezone.now())
    except AlreadyUnderWay as refusal:
        form.add_error(None, str(refusal))
        running = own_checkout(Payer(portal.actor), refusal.checkout_id)
        answer = _Answer(page, form, UNPROCESSABLE, is_under_way=True, under_way=running)
        return _render(request, answer)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _refused(request, page, form)


def _refused(request: HttpRequest, page: CartPage, form: PayForm | None = None) -> HttpResponse:
    form = form or _form(request, page, posted=request.POST)
    return _render(request, _Answer(page, form, UNPROCESSABLE))


def _form(request: HttpRequest, page: CartPage, *, posted: Any = None) -> PayForm:
    return PayForm(
        ways=page.ways,
        saves_cards=saves_cards(page.ways, page.payees),
        email=getattr(request.user, "email", "") or "",
        posted=posted,
    )


def _kept_form(request: HttpRequest, page: CartPage) -> PayForm:
    """The form as it was filled in, not judged: nobody has pressed «Оплатить» yet."""
    form = _form(request, page)
    form.keep(request.POST)
    return form


def _render(request: HttpRequest, answer: _Answer) -> HttpResponse:
    page = answer.page
    form = answer.form or _form(request, page)
    return render(
        request,
        "web/pay/cart.html",
        {
            "page": page,
            "cart": page.cart,
            "form": form,
            "ways": page.ways,
            "grand": grand(page.cart.total, page.ways, form.chosen),
            "systems": card_systems(page.providers),
            "help": help_for(page.providers, page.cart.beside.helps),
            "is_changed": answer.is_changed,
            "under_way": answer.under_way,
            "is_under_way": answer.is_under_way,
            "why_not": page.why_not,
        },
        status=answer.status,
    )
