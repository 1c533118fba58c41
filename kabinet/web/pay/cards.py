"""Saved cards: the list, saving one by itself, the default one, removing (PAY-07, 41, 42)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kabinet.kernel.errors import Refused
from kabinet.payments import offers
from kabinet.payments.operations import bindings, cards
from kabinet.payments.queries.cards import (
    CardPayee,
    SavedCardRow,
    get_card,
    get_card_binding,
    get_card_payees,
    get_cards,
    get_unsaved_cards,
)
from kabinet.payments.queries.offers import get_offers
from kabinet.web.entry.proving import recently_proved
from kabinet.web.portal import Portal, open_portal

# Only the bank's own pages: what we were told may lead nowhere else.
SAFE = ("https://", "http://127.0.0.1:", "http://localhost:")


@dataclass(frozen=True, slots=True)
class CardView:
    """A card with the names of the accounts that it pays by itself."""

    row: SavedCardRow
    is_expired: bool
    accounts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Conditions:
    """An offer and the providers whose it is."""

    offer: offers.Offer
    names: str


class NewCard(forms.Form):
    """``key`` is the press itself: sent twice it is one binding. ``shown``: the versions of the texts on the page."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)
    payee = forms.TypedChoiceField(
        label=gettext_lazy("Кому платить этой картой"),
        coerce=uuid.UUID,
        error_messages={
            "required": gettext_lazy("Выберите получателя."),
            "invalid_choice": gettext_lazy("Этот получатель карты не сохраняет. Выберите другого."),
        },
    )
    accepts = forms.BooleanField(
        label=gettext_lazy("С условиями ознакомлен(а) и принимаю их"),
        error_messages={"required": gettext_lazy("Чтобы сохранить карту, примите условия.")},
    )

    def __init__(
        self, posted: Any = None, *, payees: Sequence[CardPayee], conditions: Sequence[Conditions]
    ) -> None:
        self.versions = ",".join(row.offer.digest for row in conditions)
        super().__init__(posted, initial={"key": uuid.uuid4(), "shown": self.versions})
        choices = [(str(row.public_id), _named(row)) for row in payees]
        field = self.fields["payee"]
        field.choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        if len(choices) == 1:
            field.widget, field.initial = forms.HiddenInput(), choices[0][0]
        else:
            field.widget = forms.RadioSelect(choices=choices)

    def clean_shown(self) -> str:
        """What is accepted is what was read."""
        shown: str = self.cleaned_data["shown"]
        if shown != self.versions:
            posted = {name: self.data.get(name) for name in self.data}
            self.data = {**posted, "shown": self.versions}
            raise forms.ValidationError(_("Условия изменились. Прочитайте их ещё раз."))
        return shown


def _named(payee: CardPayee) -> str:
    """The payee, and for whom it takes money where that is somebody else."""
    names = " — ".join(dict.fromkeys((payee.payee_name, payee.provider_name)))
    if payee.by_press:
        return names
    return _("%(payee)s (только автоплатёж)") % {"payee": names}


@require_safe
def show_cards(request: HttpRequest) -> HttpResponse:
    portal = open_portal(request)
    payees = get_card_payees(actor=portal.actor)
    return render(
        request,
        "web/pay/cards.html",
        {
            "cards": [view_of(portal, row) for row in get_cards(actor=portal.actor)],
            "unsaved": get_unsaved_cards(actor=portal.actor, at=timezone.now()),
            "by_press": _names(payee for payee in payees if payee.by_press),
            "by_autopay": _names(payee for payee in payees if not payee.by_press),
            "can_add": any(payee.by_binding for payee in payees),
        },
    )


def _names(payees: Iterable[CardPayee]) -> Sequence[str]:
    return list(dict.fromkeys(payee.payee_name for payee in payees))


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def add_card(request: HttpRequest) -> HttpResponse:
    """The offer and its tick; then the bank's page. Asked first: is it still the person who sits here (IDN-38)."""
    portal = open_portal(request)
    at = timezone.now()
    payees = [payee for payee in get_card_payees(actor=portal.actor) if payee.by_binding]
    conditions = _conditions(payees)
    form = NewCard(
        request.POST if request.method == "POST" else None, payees=payees, conditions=conditions
    )
    if form.is_valid():
        wanted = bindings.BindingRequest(
            key=form.cleaned_data["key"],
            merchant_id=form.cleaned_data["payee"],
            accepts_offer=form.cleaned_data["accepts"],
        )
        try:
            binding_id = bindings.open_binding(actor=portal.actor, wanted=wanted, at=at)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            request.session[_forwarding(binding_id)] = True
            return redirect("card-binding", binding_id=binding_id)
    return render(
        request,
        "web/pay/card_new.html",
        {
            "form": form,
            "payees": payees,
            "conditions": conditions,
        },
        status=422 if form.errors else 200,
    )


def _conditions(payees: Sequence[CardPayee]) -> Sequence[Conditions]:
    """Each text once, with whose it is where there are several."""
    found = get_offers(offers.CARD_OFFER, provider_ids=[row.provider_id for row in payees])
    whose: dict[offers.Offer, list[str]] = {}
    for row in payees:
        names = whose.setdefault(found[row.provider_id], [])
        if row.provider_name not in names:
            names.append(row.provider_name)
    return [Conditions(offer, ", ".join(names)) for offer, names in whose.items()]


@require_safe
def show_binding(request: HttpRequest, binding_id: uuid.UUID) -> HttpResponse:
    """How far the saving has come; the first time it leads on to the bank's page, which sends the person back here."""
    portal = open_portal(request)
    bindings.look_at_binding(actor=portal.actor, binding_id=binding_id, at=timezone.now())
    row = get_card_binding(actor=portal.actor, binding_id=binding_id)
    bank_url = row.confirmation_url if row.confirmation_url.startswith(SAFE) else ""
    forwards = bank_url and row.is_under_way and request.session.pop(_forwarding(binding_id), False)
    return render(
        request,
        "web/pay/card_binding.html",
        {"binding": row, "bank_url": bank_url, "forward_to": bank_url if forwards else ""},
    )


@require_POST
def make_default(request: HttpRequest, card_id: uuid.UUID) -> HttpResponse:
    portal = open_portal(request)
    cards.make_card_default(actor=portal.actor, card_id=card_id, at=timezone.now())
    messages.success(request, _("Теперь эту карту предложим первой."))
    return redirect("cards")


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, card_id: uuid.UUID) -> HttpResponse:
    """Ask once; where an autopay would stop, say so before (PAY-42)."""
    portal = open_portal(request)
    card = get_card(actor=portal.actor, card_id=card_id)
    if request.method == "POST":
        try:
            ended = cards.remove_card(
                actor=portal.actor,
                card_id=card_id,
                ends_autopay="ends_autopay" in request.POST,
                at=timezone.now(),
            )
        except cards.CardServesAutopay as refusal:
            messages.error(request, str(refusal))
            return redirect("card-remove", card_id=card_id)
        messages.success(
            request,
            _("Карта удалена, автоплатёж с неё отключён.") if ended else _("Карта удалена."),
        )
        return redirect("cards")
    return render(request, "web/pay/card_remove.html", {"card": view_of(portal, card)})


def view_of(portal: Portal, row: SavedCardRow) -> CardView:
    titles = [account.title for account in portal.accounts if account.public_id in row.serves]
    today = timezone.localdate()
    return CardView(row=row, is_expired=row.is_expired(today), accounts=titles)


def _forwarding(binding_id: uuid.UUID) -> str:
    return f"forward:{binding_id}"
