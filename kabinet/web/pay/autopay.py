"""Autopay of an account: what it does, connecting, changing, skipping, switching off (PAY-16–18)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.kernel.errors import Refused
from kabinet.payments import offers
from kabinet.payments.enums import AutopayState
from kabinet.payments.operations.autopay import changing, connecting
from kabinet.payments.operations.quiet import AlreadyUnderWay
from kabinet.payments.queries import MerchantRow, get_payees
from kabinet.payments.queries.autopay import (
    AutopayRow,
    AutopayWay,
    get_autopay,
    get_autopay_mark,
)
from kabinet.payments.queries.cards import SavedCardRow, get_cards
from kabinet.payments.queries.offers import get_offers
from kabinet.providers.enums import Feature, OverLimit, PayMethod
from kabinet.ui import formatting
from kabinet.web.pay.autopay_forms import ConnectForm, TermsForm
from kabinet.web.pay.payers import Payer
from kabinet.web.pay.starting import go_on
from kabinet.web.portal import Portal, account_page, open_own_account


@require_safe
def show(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """The state, the next payment and what can be done; open even where paying is closed, so that it can be ended."""
    portal, account = open_own_account(request, account_id)
    at = timezone.now()
    if _is_begun(account):
        # The person may just have come back from the bank: whoever looks first learns of it.
        connecting.settle_bindings(at=at, account_id=account_id)
    autopay = get_autopay(actor=portal.actor, account=account, at=at)
    payees = get_payees(provider_ids=[account.provider.id], at=at)
    own_payee = payees.of(provider_id=account.provider.id, supplier_id=None)
    return render(
        request,
        "web/pay/autopay.html",
        {
            "account": account,
            "autopay": autopay,
            "way": _way(account, autopay),
            "payee": _payee_of(autopay, payees.merchants.values()) or own_payee,
            "others": _others(autopay, own_payee, list(payees.merchants.values())),
            "offer": _offer(account),
            "today": account.local_date(at),
        },
    )


def _offer(account: LinkedAccountRow) -> offers.Offer:
    provider_id = account.provider.id
    return get_offers(offers.AUTOPAY_OFFER, provider_ids=[provider_id])[provider_id]


def _way(account: LinkedAccountRow, autopay: AutopayRow | None) -> str:
    """An own autopay shows itself whatever else; one that has just been given up is offered again."""
    if autopay is not None:
        return AutopayWay.OWN.name
    way = get_autopay_mark(account).way
    return AutopayWay.OFFERED.name if way is AutopayWay.OWN else way.name


def _payee_of(autopay: AutopayRow | None, rows: Any) -> MerchantRow | None:
    card = autopay.card if autopay else None
    return next((row for row in rows if card and row.id == card.merchant_id), None)


def _others(
    autopay: AutopayRow | None, own: MerchantRow | None, rows: Sequence[MerchantRow]
) -> Sequence[str]:
    """Payees that the autopay does not pay: a card works with one (PAY-49)."""
    payee = _payee_of(autopay, rows) or own
    return sorted({row.payee_name for row in rows if payee is None or row.id != payee.id})


@require_http_methods(["GET", "HEAD", "POST"])
@account_page(Feature.PAY)
def connect(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    """The number to be checked, the conditions, the card, the consent; then the bank's page or, by a saved card, done."""
    if get_autopay_mark(account).way is not AutopayWay.OFFERED and not _is_begun(account):
        return redirect("autopay", account_id=account.public_id)
    at = timezone.now()
    cards, payee, others = _cards_and_payees(portal, account, at)
    form = ConnectForm(
        request.POST if request.method == "POST" else None,
        policy=account.provider.policy,
        cards=cards,
        takes_new_card=True,
        initial={"email": request.user.email or "", "over_limit": OverLimit.SKIP.value},  # type: ignore[union-attr]  # signed in
    )
    if form.is_valid():
        answer = _connected(request, portal, account, form, at)
        if answer is not None:
            return answer
    return render(
        request,
        "web/pay/autopay_connect.html",
        {
            "account": account,
            "form": form,
            "payee": payee,
            "others": others,
            "offer": _offer(account),
        },
        status=422 if form.errors else 200,
    )


def _is_begun(account: LinkedAccountRow) -> bool:
    return get_autopay_mark(account).state is AutopayState.BINDING


def _connected(
    request: HttpRequest,
    portal: Portal,
    account: LinkedAccountRow,
    form: ConnectForm,
    at: datetime,
) -> HttpResponse | None:
    order = connecting.AutopayOrder(
        key=form.cleaned_data["key"],
        account_id=account.public_id,
        terms=form.terms(),
        card_id=form.chosen_card(),
        consents=form.cleaned_data["consents"],
    )
    try:
        checkout_id = connecting.connect_autopay(actor=portal.actor, order=order, at=at)
        if checkout_id is not None:
            return go_on(request, payer=Payer(portal.actor), checkout_id=checkout_id, at=at)
    except connecting.TermsRefused as refusal:
        form.show_refusal(refusal)
        return None
    except connecting.AlreadyConnected:
        # The second of two clicks.
        return redirect("autopay", account_id=account.public_id)
    except AlreadyUnderWay as refusal:
        # The person's own: perhaps the small payment that they began in another tab.
        messages.warning(
            request, _("Эта оплата ещё идёт. Закончите её, потом подключите автоплатёж.")
        )
        return redirect("checkout", checkout_id=refusal.checkout_id)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None
    messages.success(request, _("Автоплатёж подключён."))
    return redirect("autopay", account_id=account.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@account_page(Feature.PAY)
def change(request: HttpRequest, portal: Portal, account: LinkedAccountRow) -> HttpResponse:
    at = timezone.now()
    autopay = get_autopay(actor=portal.actor, account=account, at=at)
    if autopay is None or autopay.state is AutopayState.BINDING:
        return redirect("autopay", account_id=account.public_id)
    cards, _payee, _rest = _cards_and_payees(portal, account, at)
    form = TermsForm(
        request.POST if request.method == "POST" else None,
        policy=account.provider.policy,
        cards=cards,
        takes_new_card=False,
        initial=_filled(autopay),
    )
    if form.is_valid():
        try:
            changing.change_autopay(
                actor=portal.actor,
                account_id=account.public_id,
                terms=form.terms(),
                card_id=form.chosen_card() or uuid.UUID(int=0),
                at=at,
            )
        except connecting.TermsRefused as refusal:
            form.show_refusal(refusal)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Автоплатёж изменён."))
            return redirect("autopay", account_id=account.public_id)
    return render(
        request,
        "web/pay/autopay_change.html",
        {"account": account, "form": form},
        status=422 if form.errors else 200,
    )


def _filled(autopay: AutopayRow) -> dict[str, Any]:
    return {
        "limit": formatting.money(autopay.limit).removesuffix("\u00a0₽"),
        "day": str(autopay.day),
        "email": autopay.email,
        "over_limit": (OverLimit.PAY_LIMIT if autopay.pays_up_to_limit else OverLimit.SKIP).value,
        "card": str(autopay.card.public_id) if autopay.card else "",
    }


def _cards_and_payees(
    portal: Portal, account: LinkedAccountRow, at: datetime
) -> tuple[Sequence[SavedCardRow], MerchantRow | None, Sequence[str]]:
    """The person's cards that work with the account's payee, that payee, and the names of all others."""
    payees = get_payees(provider_ids=[account.provider.id], at=at)
    payee = payees.of(provider_id=account.provider.id, supplier_id=None)
    today = account.local_date(at)
    cards = [
        card
        for card in get_cards(actor=portal.actor)
        if payee and payee.can(PayMethod.AUTOPAY) and card.merchant_id == payee.id
        if not card.is_expired(today)
    ]
    return cards, payee, _others(None, payee, list(payees.merchants.values()))


@require_POST
def switch_off(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    portal, _account = open_own_account(request, account_id)
    is_under_way = changing.switch_off(actor=portal.actor, account_id=account_id, at=timezone.now())
    if is_under_way:
        messages.warning(
            request,
            _(
                "Автоплатёж отключён. Один платёж уже идёт: он закончится, результат придёт на почту. Больше ничего не "
                "спишется."
            ),
        )
    else:
        messages.success(request, _("Автоплатёж отключён. Больше ничего не спишется."))
    return redirect("autopay", account_id=account_id)


@require_POST
def skip(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    def act(portal: Portal, at: datetime) -> str:
        month: date = changing.skip_month(actor=portal.actor, account_id=account_id, at=at)
        return _("Автоплатёж за %(month)s пропущен.") % {"month": formatting.month(month)}

    return _done(request, account_id, act)


@require_POST
def restore(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    def act(portal: Portal, at: datetime) -> str:
        changing.restore_month(actor=portal.actor, account_id=account_id, at=at)
        return _("Месяц больше не пропущен.")

    return _done(request, account_id, act)


@require_POST
def resume(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    def act(portal: Portal, at: datetime) -> str:
        changing.resume_autopay(actor=portal.actor, account_id=account_id, at=at)
        return _("Автоплатёж возобновлён.")

    return _done(request, account_id, act)


def _done(
    request: HttpRequest, account_id: uuid.UUID, act: Callable[[Portal, datetime], str]
) -> HttpResponse:
    """Do it and say so, or say why not; either way back to the autopay."""
    portal, _account = open_own_account(request, account_id)
    try:
        messages.success(request, act(portal, timezone.now()))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("autopay", account_id=account_id)
