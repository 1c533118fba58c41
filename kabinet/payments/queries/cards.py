"""A person's saved cards, and with whom a card can be saved (PAY-07, 41, 42)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible
from kabinet.payments import scopes
from kabinet.payments.enums import AutopayState, BindingState, Cause
from kabinet.payments.gateways.registry import gateway
from kabinet.payments.models import Autopay, CardBinding, Merchant, SavedCard
from kabinet.providers.enums import PayMethod

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

DOTS = "••"


class SavedCardNotFound(NotVisible):
    pass


class CardBindingNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class SavedCardRow:
    """A card as its owner sees it; never its token. ``serves``: the accounts that an autopay pays from it."""

    id: int
    public_id: uuid.UUID
    merchant_id: int
    is_sbp: bool
    system: str
    last4: str
    expiry_year: int | None
    expiry_month: int | None
    title: str
    is_default: bool
    saved_at: datetime
    payee_name: str
    provider_name: str
    serves: frozenset[uuid.UUID]

    @property
    def name(self) -> str:
        return card_words(self.system, self.last4, sbp_title=self.title if self.is_sbp else None)

    @property
    def expiry(self) -> str:
        """«12/29», or nothing where the means has no end."""
        if self.expiry_year is None or self.expiry_month is None:
            return ""
        return f"{self.expiry_month:02d}/{self.expiry_year % 100:02d}"

    def is_expired(self, today: date) -> bool:
        """A card is good until the last day of its month."""
        if self.expiry_year is None or self.expiry_month is None:
            return False
        return (self.expiry_year, self.expiry_month) < (today.year, today.month)


@dataclass(frozen=True, slots=True)
class CardPayee:
    """A payee whose bank saves cards."""

    id: int
    public_id: uuid.UUID
    payee_name: str
    provider_name: str


@dataclass(frozen=True, slots=True)
class CardBindingRow:
    """``cause`` is why it has failed, where it has."""

    public_id: uuid.UUID
    state: BindingState
    confirmation_url: str
    cause: StrOrPromise
    card_name: str

    @property
    def is_under_way(self) -> bool:
        return self.state in {BindingState.CREATED, BindingState.PENDING}


def get_cards(*, actor: Actor) -> Sequence[SavedCardRow]:
    """Give the person's cards, the default one first, then the newest; one query."""
    cards = _with_autopays(scopes.own_cards(actor)).order_by("-is_default", "-saved_at", "-pk")
    return [to_card_row(card) for card in cards]


def get_card(*, actor: Actor, card_id: uuid.UUID) -> SavedCardRow:
    """:raises SavedCardNotFound: it is another person's, removed, or not there."""
    card = _with_autopays(scopes.own_cards(actor)).filter(public_id=card_id).first()
    if card is None:
        raise SavedCardNotFound
    return to_card_row(card)


def get_card_payees(*, actor: Actor, at: datetime) -> Sequence[CardPayee]:
    """Give the payees of the person's accounts whose bank saves cards without a payment; one query."""
    del at  # a bank that is down now is asked again later: binding waits for it
    accounts = scopes.payable_accounts(actor)
    merchants = (
        Merchant.objects.filter(
            Q(provider__policy__pay_methods__contains=[PayMethod.SAVED_CARD])
            | Q(provider__policy__autopay_enabled=True),
            provider__in=accounts.values("provider"),
            is_active=True,
        )
        .select_related("provider")
        .order_by("provider__name", "-is_default", "payee_name", "pk")
    )
    return [
        CardPayee(row.pk, row.public_id, row.payee_name, row.provider.name)
        for row in merchants
        if _saves_cards(row)
    ]


def get_card_binding(*, actor: Actor, binding_id: uuid.UUID) -> CardBindingRow:
    """:raises CardBindingNotFound: it is another person's, or not there."""
    bindings = CardBinding.objects.filter(user=actor.user_id or 0).select_related("card")
    row = bindings.filter(public_id=binding_id).first()
    if row is None:
        raise CardBindingNotFound
    return CardBindingRow(
        public_id=row.public_id,
        state=BindingState(row.state),
        confirmation_url=row.confirmation_url,
        cause=Cause(row.cause or Cause.BANK_DOWN).label,
        card_name=words_of(row.card) if row.card else "",
    )


def to_card_row(card: SavedCard) -> SavedCardRow:
    """Needs the merchant with its provider at hand."""
    plain = {
        name: getattr(card, name)
        for name in (
            *("public_id", "merchant_id", "is_sbp", "system", "last4", "expiry_year"),
            *("expiry_month", "title", "is_default", "saved_at"),
        )
    }
    return SavedCardRow(
        id=card.pk,
        payee_name=card.merchant.payee_name,
        provider_name=card.merchant.provider.name,
        serves=frozenset(getattr(card, "served", None) or ()),
        **plain,
    )


def words_of(card: SavedCard) -> str:
    return card_words(card.system, card.last4, sbp_title=card.title if card.is_sbp else None)


def card_words(system: str, last4: str, *, sbp_title: str | None = None) -> str:
    """«Мир •• 4477»; an account in the fast payment system has the bank's own title."""
    if sbp_title is not None:
        return sbp_title or _("Счёт СБП")
    name = _("Мир") if system.lower() == "mir" else system
    return f"{name or _('Карта')} {DOTS}\N{NO-BREAK SPACE}{last4}"


def _saves_cards(merchant: Merchant) -> bool:
    abilities = gateway(merchant.gateway).abilities
    return merchant.supports_recurring and abilities.saved_means and abilities.binding


def _with_autopays(cards: QuerySet[SavedCard]) -> QuerySet[SavedCard]:
    served = Autopay.objects.filter(card=OuterRef("pk")).exclude(state=AutopayState.OFF)
    accounts = served.values("card").annotate(all=ArrayAgg("account__public_id")).values("all")
    return cards.select_related("merchant__provider").annotate(served=Subquery(accounts))
