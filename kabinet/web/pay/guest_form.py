"""The payment form of somebody who has not signed in: sums and nothing else of the account (PAY-19, 12)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kabinet.accounts.guests import GuestAccountRow
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.payments.enums import Origin
from kabinet.payments.operations.guests import count_guests_press
from kabinet.payments.operations.quiet import AlreadyUnderWay
from kabinet.payments.queries.means import get_beside
from kabinet.payments.queries.payables import AccountPayables, PayableLine, get_payables
from kabinet.web.pay.account_page import AccountPage, Filled, Row, fresh, grouped, read
from kabinet.web.pay.choosing import Way, card_systems, grand
from kabinet.web.pay.forms import PayForm
from kabinet.web.pay.help_words import help_for
from kabinet.web.pay.payers import guest_payer
from kabinet.web.pay.starting import own_checkout, pressed_before, start

CHANGED = 409
UNPROCESSABLE = 422


class GuestPayForm(PayForm):
    """The receipt goes by mail only where that is wanted (PAY-12)."""

    rules_page = "guest-pay-rules"
    wants_receipt = forms.BooleanField(label=gettext_lazy("Получить чек по почте"), required=False)

    def __init__(self, *, ways: Sequence[Way], posted: Any = None) -> None:
        super().__init__(ways=ways, saves_cards=False, posted=posted)
        self.fields["email"].required = False
        self.fields["rules"].label = _(
            "Подтверждаю параметры платежа, с правилами оплаты ознакомлен(а)"
        )

    def keep(self, posted: QueryDict) -> None:
        super().keep(posted)
        self.initial["wants_receipt"] = "wants_receipt" in posted

    def clean(self) -> dict[str, Any]:
        filled: dict[str, Any] = super().clean() or {}
        if not filled.get("wants_receipt"):
            return {**filled, "email": ""}
        if not filled.get("email") and "email" not in self.errors:
            self.add_error("email", _("Напишите почту для чека или снимите отметку."))
        return filled


@dataclass(frozen=True, slots=True)
class GuestPayment:
    """Whose sums are paid by whom, and the page that shows them. ``action`` is where its form goes."""

    account: GuestAccountRow
    actor: Actor
    origin: Origin
    template: str
    action: str
    context: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Said:
    """What the page says about what was pressed."""

    is_changed: bool = False
    is_empty: bool = False
    is_under_way: bool = False
    under_way: uuid.UUID | None = None


def answer(request: HttpRequest, payment: GuestPayment, *, at: datetime) -> HttpResponse:
    """Show what is due, count anew what was typed, or lead on to the bank."""
    twice = pressed_before(request) if request.POST.get("do", "") == "pay" else None
    if twice is not None:
        return twice
    page = _page(request, payment, at)
    form = GuestPayForm(ways=page.ways)
    if request.method != "POST":
        return _render(request, payment, page, form)
    form.keep(request.POST)
    if request.POST.get("do", "") != "pay":
        status = 200 if page.is_fine else UNPROCESSABLE
        return _render(request, payment, page, form, status)
    if request.POST.get("version", "") != page.version:
        return _render(request, payment, page, form, CHANGED, _Said(is_changed=True))
    return _pay(request, payment, page, at)


def _page(request: HttpRequest, payment: GuestPayment, at: datetime) -> AccountPage:
    account = payment.account
    payables = get_payables(actor=payment.actor, accounts=[account], at=at)[account.id]
    rows = _rows(payables)
    is_only = sum(1 for row in rows if row.payee) <= 1
    return AccountPage(
        payables=payables,
        beside=get_beside(actor=payment.actor, accounts=[account]),
        filled=_filled(request, rows, is_only=is_only),
    )


def _rows(payables: AccountPayables) -> Sequence[Row]:
    """Services and penalties, for each payee: what they are made of is not a stranger's to know."""
    return grouped(payables, _payee, _row)


def _payee(line: PayableLine) -> int:
    return line.payee.id if line.payee else 0


def _row(number: int, lines: tuple[PayableLine, ...]) -> Row:
    payee = lines[0].payee
    return Row(number, _("Услуги"), payee.payee_name if payee else "", lines, is_apart=True)


def _filled(request: HttpRequest, rows: Sequence[Row], *, is_only: bool) -> Sequence[Filled]:
    if request.method == "POST":
        return [read(request.POST, row, is_only=is_only) for row in rows]
    return [fresh(row, is_only=is_only, supplier="") for row in rows]


def _pay(
    request: HttpRequest, payment: GuestPayment, page: AccountPage, at: datetime
) -> HttpResponse:
    form = GuestPayForm(ways=page.ways, posted=request.POST)
    if not form.is_valid() or not page.is_fine or page.bounds or not page.lines:
        said = _Said(is_empty=page.is_fine and not page.lines)
        return _render(request, payment, page, form, UNPROCESSABLE, said)
    payer = guest_payer(request, payment.actor)
    order = replace(form.order(page.lines, payment.origin), session=payer.session)
    said = _Said()
    try:
        count_guests_press(actor=payment.actor, at=at)
        return start(request, payer=payer, order=order, at=at)
    except AlreadyUnderWay as refusal:
        form.add_error(None, str(refusal))
        said = _Said(under_way=own_checkout(payer, refusal.checkout_id), is_under_way=True)
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return _render(request, payment, page, form, UNPROCESSABLE, said)


def _render(
    request: HttpRequest,
    payment: GuestPayment,
    page: AccountPage,
    form: PayForm,
    status: int = 200,
    said: _Said | None = None,
) -> HttpResponse:
    context = {
        **payment.context,
        "page": page,
        "form": form,
        "action": payment.action,
        "ways": page.ways,
        "grand": grand(page.total, page.ways, form.chosen),
        "systems": card_systems(page.providers),
        "help": help_for(page.providers, page.beside.helps),
        "said": said or _Said(),
        "why_not": page.why_not,
    }
    response = render(request, payment.template, context, status=status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "private, no-store"
    return response
