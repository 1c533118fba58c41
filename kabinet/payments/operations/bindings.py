"""Saving a card by itself: the offer, the bank's page, the way back (PAY-41)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kabinet.kernel import audit
from kabinet.kernel.actors import SYSTEM, Actor, ActorKind
from kabinet.kernel.errors import Refused
from kabinet.payments import offers
from kabinet.payments.calculations.waiting import next_check
from kabinet.payments.enums import BINDING_UNDER_WAY, BindingState, Cause
from kabinet.payments.gateways.base import (
    BindingOrder,
    BindingTruth,
    GatewayRefused,
    GatewayUnavailable,
    GatewayUnknown,
    TruthState,
)
from kabinet.payments.gateways.registry import gateway
from kabinet.payments.models import CardBinding
from kabinet.payments.operations.access import access_to, payer_of
from kabinet.payments.operations.attempts import a_call
from kabinet.payments.operations.cards import forget_means, keep_card
from kabinet.payments.operations.offers import accept_offer
from kabinet.payments.queries.cards import BindingNotFound, get_card_payees

WAITED_FOR = timedelta(hours=1)
POLLED_AT_ONCE = 50


class PayeeNotOffered(Refused):
    message = _("Этот получатель сейчас не сохраняет карты. Выберите другого.")


class OfferNotAccepted(Refused):
    message = _("Чтобы сохранить карту, примите условия.")


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """``key`` comes with the form: the same press again is the same binding. ``merchant_id`` is the payee's."""

    key: uuid.UUID
    merchant_id: uuid.UUID
    accepts_offer: bool


@transaction.atomic
def open_binding(*, actor: Actor, wanted: BindingRequest, at: datetime) -> uuid.UUID:
    """Write down that the person wants to save a card; gives the binding's public id. The bank hears of it later.

    :raises BindingNotFound: the key is another person's.
    :raises OfferNotAccepted: the tick is missing (IDN-18).
    :raises PayeeNotOffered: no such payee, or its bank saves no cards.
    """
    if actor.kind is not ActorKind.CUSTOMER:
        raise BindingNotFound
    earlier = CardBinding.objects.filter(key=wanted.key).first()
    if earlier is not None:
        if earlier.user_id != actor.user_id:
            raise BindingNotFound
        return earlier.public_id
    if not wanted.accepts_offer:
        raise OfferNotAccepted
    payee = next(
        (
            row
            for row in get_card_payees(actor=actor)
            if row.by_binding and row.public_id == wanted.merchant_id
        ),
        None,
    )
    if payee is None:
        raise PayeeNotOffered
    binding = CardBinding.objects.create(
        key=wanted.key,
        user_id=actor.user_id,
        merchant_id=payee.id,
        created_at=at,
        next_check_at=at + timedelta(minutes=1),
    )
    version = accept_offer(offers.CARD_OFFER, provider_id=binding.merchant.provider_id, at=at)
    audit.record(actor, "payments.card.bind", binding, at=at, offer=version)
    return binding.public_id


def ask_bank(*, binding_id: uuid.UUID, at: datetime) -> None:
    """Ask the bank, outside any transaction, what has become of a binding, or for its page when it has not heard yet.

    Harmless however often it is called: the first answer that ends it is kept, and one card at most is saved.
    """
    binding = (
        CardBinding.objects.select_related("merchant")
        .filter(public_id=binding_id, state__in=BINDING_UNDER_WAY)
        .first()
    )
    if binding is None:
        return
    try:
        truth = _fetch(binding) if binding.acquirer_id else _send(binding)
    except GatewayUnavailable:
        _look_again(binding, at=at)
    except GatewayUnknown:
        _fail(binding, cause=Cause.OTHER, at=at)
    except GatewayRefused as refusal:
        _fail(binding, cause=refusal.cause, at=at)
    else:
        _apply(binding, truth, at=at)


def look_at_binding(*, actor: Actor, binding_id: uuid.UUID, at: datetime) -> None:
    """The person's page wants to know (PAY-45): ask the bank, unless other pages wait for banks already.

    :raises BindingNotFound: it is another person's, or is not there.
    """
    if not CardBinding.objects.filter(public_id=binding_id, user=actor.user_id or 0).exists():
        raise BindingNotFound
    with a_call() as is_free:
        if is_free:
            ask_bank(binding_id=binding_id, at=at)


def poll_bindings(*, at: datetime) -> int:
    """Ask the bank about the bindings whose time has come; gives how many."""
    due = CardBinding.objects.filter(next_check_at__lte=at, state__in=BINDING_UNDER_WAY)
    ids = list(due.order_by("next_check_at").values_list("public_id", flat=True)[:POLLED_AT_ONCE])
    for binding_id in ids:
        ask_bank(binding_id=binding_id, at=at)
    return len(ids)


def _send(binding: CardBinding) -> BindingTruth:
    """The key is the row's: asked twice, the bank knows one binding."""
    address = reverse("card-binding", kwargs={"binding_id": binding.public_id})
    order = BindingOrder(
        ref=str(binding.public_id),
        key=str(binding.key),
        return_url=settings.SITE_URL.rstrip("/") + address,
        payer_ref=payer_of(binding.user_id),
    )
    return gateway(binding.merchant.gateway).bind(access_to(binding.merchant), order)


def _fetch(binding: CardBinding) -> BindingTruth:
    assert binding.acquirer_id is not None  # noqa: S101 -- the caller has looked
    return gateway(binding.merchant.gateway).fetch_binding(
        access_to(binding.merchant), binding.acquirer_id
    )


@transaction.atomic
def _apply(binding: CardBinding, truth: BindingTruth, *, at: datetime) -> None:
    row = _lock(binding)
    if row is None:
        return
    row.acquirer_id = truth.acquirer_id
    row.confirmation_url = truth.confirmation_url or row.confirmation_url
    if truth.state is TruthState.PENDING:
        _wait(row, at=at)
    elif truth.state is TruthState.SUCCEEDED and truth.means and truth.means.token and row.user_id:
        row.card = keep_card(user_id=row.user_id, merchant=row.merchant, means=truth.means, at=at)
        _finish(row, BindingState.BOUND if row.card else BindingState.FAILED, at=at)
    else:
        if truth.means is not None:
            # The person has left: what the bank has saved serves nobody.
            forget_means(merchant=row.merchant, means=truth.means, at=at)
        row.cause = truth.cause or Cause.OTHER
        _finish(row, BindingState.FAILED, at=at)


@transaction.atomic
def _look_again(binding: CardBinding, *, at: datetime) -> None:
    row = _lock(binding)
    if row is not None:
        _wait(row, at=at)


@transaction.atomic
def _fail(binding: CardBinding, *, cause: Cause, at: datetime) -> None:
    row = _lock(binding)
    if row is not None:
        row.cause = cause
        _finish(row, BindingState.FAILED, at=at)


def _lock(binding: CardBinding) -> CardBinding | None:
    return (
        CardBinding.objects.select_related("merchant")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=binding.pk, state__in=BINDING_UNDER_WAY)
        .first()
    )


def _wait(row: CardBinding, *, at: datetime) -> None:
    """Nobody comes back to the bank's page after an hour; a card saved later is not counted on."""
    if row.created_at + WAITED_FOR <= at:
        row.cause = Cause.SESSION_OVER
        _finish(row, BindingState.FAILED, at=at)
        return
    row.state = BindingState.PENDING if row.acquirer_id else BindingState.CREATED
    row.checks += 1
    row.next_check_at = next_check(checks=row.checks - 1, at=at)
    row.save()


def _finish(row: CardBinding, state: BindingState, *, at: datetime) -> None:
    row.state, row.finished_at, row.next_check_at = state, at, None
    row.save()
    audit.record(SYSTEM, f"payments.card.{state.value}", row, at=at, cause=row.cause)
