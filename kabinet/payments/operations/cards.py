"""Saved cards: kept when the bank says so, made default, removed here and at the acquirer (PAY-07, 41–43)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.identity.models import User
from kabinet.kernel import audit, locks
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.kernel.errors import Refused
from kabinet.payments import scopes, tasks_autopay
from kabinet.payments.enums import AutopayState
from kabinet.payments.gateways.base import GatewayRefused, GatewayUnavailable, Means
from kabinet.payments.gateways.registry import gateway
from kabinet.payments.messages import cards as letters
from kabinet.payments.models import Autopay, Merchant, SavedCard
from kabinet.payments.operations.access import access_to, payer_of
from kabinet.payments.operations.autopay.ending import end_autopays
from kabinet.payments.queries.cards import CardNotFound

FORGOTTEN_AT_ONCE = 50


class CardServesAutopay(Refused):
    """Removing it switches an autopay off, which the person has to want (PAY-42)."""

    message = _("С этой карты идёт автоплатёж. Подтвердите, что его надо отключить.")


def lock_cards(user_id: int) -> None:
    """Let one change at a time through to a person's cards; the last lock that any operation takes but autopays'."""
    locks.wait_until_commit(f"saved cards {user_id}")


@transaction.atomic
def keep_card(*, user_id: int, merchant: Merchant, means: Means, at: datetime) -> SavedCard | None:
    """Remember a means of payment that the bank has saved; the same one again stays one card.

    The first card becomes the default one. A card that was removed and that the bank has not forgotten yet comes
    back. Gives nothing when the bank has saved nothing, or the person has left meanwhile (IDN-48).
    """
    if not means.token:
        return None
    lock_cards(user_id)
    if not User.objects.filter(pk=user_id).exists():
        forget_means(merchant=merchant, means=means, at=at)
        return None
    own = SavedCard.objects.filter(user=user_id)
    card = own.filter(merchant=merchant, token=means.token, removed_at=None).first()
    card = card or own.filter(merchant=merchant, forget_token=means.token).first()
    card = card or SavedCard(user_id=user_id, merchant=merchant)
    is_new = card.pk is None or card.removed_at is not None
    card.token, card.forget_token, card.removed_at = means.token, "", None
    card.is_sbp, card.system, card.last4 = means.is_sbp, means.system[:20], means.last4[-4:]
    card.expiry_year, card.expiry_month = means.expiry_year, means.expiry_month
    card.title, card.saved_at, card.expiry_told_at = means.title[:100], at, None
    if is_new:
        card.is_default = not own.filter(removed_at=None, is_default=True).exists()
    card.save()
    if is_new:
        audit.record(Actor.customer(user_id), "payments.card.keep", card, at=at)
    return card


@transaction.atomic
def forget_means(*, merchant: Merchant, means: Means, at: datetime) -> None:
    """Have the acquirer forget what it has saved for a person who has left since (IDN-48)."""
    if not means.token:
        return
    SavedCard.objects.create(
        merchant=merchant,
        is_sbp=means.is_sbp,
        system=means.system[:20],
        last4=means.last4[-4:],
        saved_at=at,
        removed_at=at,
        forget_token=means.token,
    )
    tasks_autopay.forget_cards.defer()


@transaction.atomic
def make_card_default(*, actor: Actor, card_id: uuid.UUID, at: datetime) -> None:
    """Offer this card first.

    :raises CardNotFound: the person has no such card.
    """
    card = _lock_own_card(actor, card_id)
    if card.is_default:
        return
    _mark_default(card)
    audit.record(actor, "payments.card.make_default", card, at=at)


@transaction.atomic
def remove_card(
    *, actor: Actor, card_id: uuid.UUID, ends_autopay: bool, at: datetime
) -> Sequence[uuid.UUID]:
    """Forget a card here at once and at the acquirer as soon as it can be told; the mask stays for the history.

    Gives the accounts whose autopay has gone off with it.

    :raises CardNotFound: the person has no such card.
    :raises CardServesAutopay: an autopay uses it and ``ends_autopay`` is not said; nothing has changed.
    """
    served = scopes.own_autopays(actor).filter(card__public_id=card_id)
    served = served.exclude(state=AutopayState.OFF)
    # Before the cards: a worker that ends an autopay holds it when it comes for its card.
    list(served.order_by("pk").select_for_update(of=("self",), no_key=True))
    card = _lock_own_card(actor, card_id)
    if not ends_autopay and served.exists():
        raise CardServesAutopay
    ended = end_autopays(served, actor=actor, why="card removed", at=at)
    drop_card(card, at=at)
    audit.record(actor, "payments.card.remove", card, at=at, autopays=len(ended))
    return [autopay.account.public_id for autopay in ended]


def drop_card(card: SavedCard, *, at: datetime) -> None:
    """Take the token away in the caller's transaction; the person's cards must be locked."""
    was_default = card.is_default
    card.forget_token, card.token = card.token, ""
    card.removed_at, card.is_default = at, False
    card.save(update_fields=["token", "forget_token", "removed_at", "is_default"])
    if was_default:
        rest = SavedCard.objects.filter(user=card.user_id, removed_at=None)
        newest = rest.order_by("-saved_at", "-pk").first()
        if newest is not None:
            _mark_default(newest)
    tasks_autopay.forget_cards.defer()


def forget_cards(*, at: datetime) -> int:
    """Tell the acquirers of removed cards; what a bank did not hear is told again by the next call.

    No transaction is open while a bank is asked. Gives how many are still to be told.
    """
    waiting = SavedCard.objects.exclude(forget_token="").select_related("merchant")
    for card in waiting.order_by("pk")[:FORGOTTEN_AT_ONCE]:
        try:
            gateway(card.merchant.gateway).forget(
                access_to(card.merchant), card.forget_token, payer_ref=payer_of(card.user_id)
            )
        except GatewayUnavailable:
            continue
        except GatewayRefused as refusal:
            # It will not be told better next time; the token is gone here, and that is kept on record.
            audit.record(
                SYSTEM, "payments.card.forget_refused", card, at=at, reason=refusal.reason[:200]
            )
        # Only the token that the bank was told of: the card may have been saved anew meanwhile.
        SavedCard.objects.filter(pk=card.pk, forget_token=card.forget_token).update(forget_token="")
    return SavedCard.objects.exclude(forget_token="").count()


def _lock_own_card(actor: Actor, card_id: uuid.UUID) -> SavedCard:
    if actor.user_id is None:
        raise CardNotFound
    lock_cards(actor.user_id)
    card = scopes.own_cards(actor).filter(public_id=card_id).first()
    if card is None:
        raise CardNotFound
    return card


def _mark_default(card: SavedCard) -> None:
    SavedCard.objects.filter(user=card.user_id, is_default=True).update(is_default=False)
    card.is_default = True
    card.save(update_fields=["is_default"])


@transaction.atomic
def tell_expiring_cards(*, at: datetime) -> int:
    """Tell, once a card, the people whose autopay pays from a card that ends with this month (NOT-21).

    Whose card has ended already is told nothing: the payment's own refusal says it.
    """
    today = at.date()
    cards = SavedCard.objects.filter(
        removed_at=None,
        expiry_told_at=None,
        expiry_year=today.year,
        expiry_month=today.month,
        pk__in=Autopay.objects.filter(state=AutopayState.ON).values("card"),
    )
    locked = list(cards.order_by("pk").select_for_update(of=("self",), skip_locked=True))
    for card in locked:
        in_force = Autopay.objects.filter(card=card, state=AutopayState.ON).order_by("pk")
        for recipient in sorted(set(in_force.values_list("email", flat=True))):
            letters.tell_expiring(card, recipient=recipient, at=at)
        card.expiry_told_at = at
        card.save(update_fields=["expiry_told_at"])
    return len(locked)
