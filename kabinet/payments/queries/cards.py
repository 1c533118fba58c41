"""A person's saved cards, and with whom a card can be saved (PAY-07, 41, 42)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible
from kabinet.payments import scopes
from kabinet.payments.enums import (
    BINDING_UNDER_WAY,
    AttemptState,
    AutopayState,
    BindingState,
    Cause,
)
from kabinet.payments.gateways.registry import gateway
from kabinet.payments.models import Attempt, Autopay, CardBinding, Merchant, SavedCard
from kabinet.providers.enums import PayMethod

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

DOTS = "••"
# For so long the page of cards tells of a card that the bank has not saved.
TOLD_FOR = timedelta(days=7)


class CardNotFound(NotVisible):
    pass


class BindingNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class SavedCardRow:
    """A card as its owner sees it; never its token. ``serves``: the accounts that an autopay pays from it.

    ``by_press``: its payee takes it at a payment by hand, too.
    """

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
    by_press: bool

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
    """A payee whose bank saves cards: for payments by hand, for autopays, or both.

    ``by_binding``: without a payment, too.
    """

    id: int
    public_id: uuid.UUID
    provider_id: int
    payee_name: str
    provider_name: str
    by_press: bool
    by_binding: bool


@dataclass(frozen=True, slots=True)
class UnsavedCard:
    """A card that its payer wanted to be saved: the payment went through, the bank kept nothing (PAY-08)."""

    checkout_id: uuid.UUID
    name: str
    payee_name: str
    paid_at: datetime
    timezone: str


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
        return self.state in BINDING_UNDER_WAY


def get_cards(*, actor: Actor) -> Sequence[SavedCardRow]:
    """Give the person's cards, the default one first, then the newest; one query."""
    cards = _with_autopays(scopes.own_cards(actor)).order_by("-is_default", "-saved_at", "-pk")
    return [to_card_row(card) for card in cards]


def get_card(*, actor: Actor, card_id: uuid.UUID) -> SavedCardRow:
    """:raises CardNotFound: it is another person's, removed, or not there."""
    card = _with_autopays(scopes.own_cards(actor)).filter(public_id=card_id).first()
    if card is None:
        raise CardNotFound
    return to_card_row(card)


def get_unsaved_cards(*, actor: Actor, at: datetime) -> Sequence[UnsavedCard]:
    """Give the cards of the last days that the bank did not save although the person asked; one query.

    One that was saved since, by another payment or by itself, is not among them.
    """
    asked = Attempt.objects.filter(
        ~card_was_kept(),
        part__checkout__in=scopes.own_checkouts(actor),
        part__checkout__save_card=True,
        state=AttemptState.SUCCEEDED,
        finished_at__gt=at - TOLD_FOR,
    )
    rows = asked.select_related("part__checkout", "merchant__provider").order_by("finished_at")
    newest = {(row.merchant_id, row.card_last4): row for row in rows}
    return [
        UnsavedCard(
            checkout_id=row.part.checkout.public_id,
            name=card_words(row.card_system, row.card_last4),
            payee_name=row.merchant.payee_name,
            paid_at=row.part.paid_at or row.created_at,
            timezone=row.merchant.provider.timezone,
        )
        for row in newest.values()
    ]


def card_was_kept() -> Exists:
    """Whether the card of an attempt has been kept with its payment or since, were it removed by now."""
    return Exists(
        SavedCard.objects.filter(
            user=OuterRef("part__checkout__user"),
            merchant=OuterRef("merchant"),
            last4=OuterRef("card_last4"),
            saved_at__gte=OuterRef("created_at"),
        )
    )


def get_card_payees(*, actor: Actor) -> Sequence[CardPayee]:
    """Give the payees of the person's accounts that a saved card works with; one query.

    A bank that is down now is asked again later: a binding waits for it.
    """
    accounts = scopes.payable_accounts(actor)
    merchants = (
        Merchant.objects.filter(
            Q(provider__policy__pay_methods__contains=[PayMethod.SAVED_CARD])
            | Q(provider__policy__autopay_enabled=True),
            provider__in=accounts.values("provider"),
            is_active=True,
            supports_recurring=True,
        )
        .select_related("provider__policy")
        .order_by("provider__name", "-is_default", "payee_name", "pk")
    )
    return [
        CardPayee(
            id=row.pk,
            public_id=row.public_id,
            provider_id=row.provider_id,
            payee_name=row.payee_name,
            provider_name=row.provider.name,
            by_press=_takes_at_a_press(row),
            by_binding=gateway(row.gateway).abilities.binding,
        )
        for row in merchants
        if gateway(row.gateway).abilities.saved_means
    ]


def get_card_binding(*, actor: Actor, binding_id: uuid.UUID) -> CardBindingRow:
    """:raises BindingNotFound: it is another person's, or not there."""
    bindings = CardBinding.objects.filter(user=actor.user_id or 0).select_related("card")
    row = bindings.filter(public_id=binding_id).first()
    if row is None:
        raise BindingNotFound
    return CardBindingRow(
        public_id=row.public_id,
        state=BindingState(row.state),
        confirmation_url=row.confirmation_url,
        cause=Cause(row.cause or Cause.BANK_DOWN).label,
        card_name=words_of(row.card) if row.card else "",
    )


def to_card_row(card: SavedCard) -> SavedCardRow:
    """Needs the merchant with its provider and policy at hand."""
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
        by_press=_takes_at_a_press(card.merchant),
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


def _takes_at_a_press(merchant: Merchant) -> bool:
    return merchant.is_active and PayMethod.SAVED_CARD in merchant.provider.policy.pay_methods


def _with_autopays(cards: QuerySet[SavedCard]) -> QuerySet[SavedCard]:
    served = Autopay.objects.filter(card=OuterRef("pk")).exclude(state=AutopayState.OFF)
    accounts = served.values("card").annotate(all=ArrayAgg("account__public_id")).values("all")
    return cards.select_related("merchant__provider__policy").annotate(served=Subquery(accounts))
