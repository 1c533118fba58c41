"""Whose payments an actor may see and start; every one builds on the accounts' own scope."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from kabinet.accounts.models import Account
from kabinet.accounts.scopes import accounts_open_for
from kabinet.kernel.actors import Actor, ActorKind, Role
from kabinet.payments.models import (
    Attempt,
    Autopay,
    CartItem,
    Checkout,
    CheckoutPart,
    Discrepancy,
    FiscalReceipt,
    LedgerEntry,
    Merchant,
    Reconciliation,
    Refund,
    SavedCard,
)
from kabinet.providers.enums import Feature

STAFF_WHO_SEE_PAYMENTS = (Role.OPERATOR, Role.INTEGRATOR, Role.ADMINISTRATOR)
STAFF_WHO_RETURN_MONEY = (Role.ADMINISTRATOR,)


def payable_accounts(actor: Actor) -> QuerySet[Account]:
    """Accounts that the actor may pay for: one's own, or the one a guest has proved or was given a link to."""
    return accounts_open_for(actor, Feature.PAY)


def own_cart(actor: Actor) -> QuerySet[CartItem]:
    """The person's cart; lines of accounts that are no longer open to them are not in it."""
    if actor.kind is not ActorKind.CUSTOMER:
        return CartItem.objects.none()
    return CartItem.objects.filter(user=actor.user_id, account__in=payable_accounts(actor))


def kept_cart(actor: Actor) -> QuerySet[CartItem]:
    """All that the person has put aside, of accounts closed to paying or unlinked too: it is kept (PAY-30).

    Whoever reads it tells nothing of an account that is no longer the person's.
    """
    if actor.kind is not ActorKind.CUSTOMER:
        return CartItem.objects.none()
    return CartItem.objects.filter(user=actor.user_id)


def own_checkouts(actor: Actor) -> QuerySet[Checkout]:
    """What the person has pressed; kept when the account is unlinked, for it was their money."""
    if actor.kind is not ActorKind.CUSTOMER:
        return Checkout.objects.none()
    return Checkout.objects.filter(user=actor.user_id)


def payers_checkouts(actor: Actor, session: str = "") -> QuerySet[Checkout]:
    """What this payer has opened: a person's by the person, a guest's by the digest of the browser session."""
    if actor.kind is ActorKind.CUSTOMER:
        return own_checkouts(actor)
    if not session:
        return Checkout.objects.none()
    return Checkout.objects.filter(user=None, subject_hash=session)


def own_attempts(actor: Actor) -> QuerySet[Attempt]:
    return Attempt.objects.filter(part__checkout__in=own_checkouts(actor))


def own_cards(actor: Actor) -> QuerySet[SavedCard]:
    if actor.kind is not ActorKind.CUSTOMER:
        return SavedCard.objects.none()
    return SavedCard.objects.filter(user=actor.user_id, removed_at=None)


def own_autopays(actor: Actor) -> QuerySet[Autopay]:
    if actor.kind is not ActorKind.CUSTOMER:
        return Autopay.objects.none()
    return Autopay.objects.filter(user=actor.user_id)


def visible_entries(actor: Actor) -> QuerySet[LedgerEntry]:
    """Money of accounts whose payments are open to the actor; staff see those of their providers."""
    return LedgerEntry.objects.filter(account__in=accounts_open_for(actor, Feature.PAYMENTS))


def served_merchants(actor: Actor) -> QuerySet[Merchant]:
    """Contracts of the providers whose payments the staff member looks after."""
    if actor.is_system:
        return Merchant.objects.all()
    return Merchant.objects.filter(provider__in=actor.providers(*STAFF_WHO_SEE_PAYMENTS))


def served_parts(actor: Actor) -> QuerySet[CheckoutPart]:
    return CheckoutPart.objects.filter(merchant__in=served_merchants(actor))


def served_attempts(actor: Actor) -> QuerySet[Attempt]:
    return Attempt.objects.filter(merchant__in=served_merchants(actor))


def served_entries(actor: Actor) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(item__part__merchant__in=served_merchants(actor))


def returnable_parts(actor: Actor) -> QuerySet[CheckoutPart]:
    """Parts whose money the actor may give back (OPX-31, 33)."""
    if actor.is_system:
        return CheckoutPart.objects.all()
    return CheckoutPart.objects.filter(
        merchant__provider__in=actor.providers(*STAFF_WHO_RETURN_MONEY)
    )


def served_refunds(actor: Actor) -> QuerySet[Refund]:
    return Refund.objects.filter(part__in=served_parts(actor))


def served_receipts(actor: Actor) -> QuerySet[FiscalReceipt]:
    """Fiscal receipts of payments and refunds that the staff member looks after."""
    parts = served_parts(actor)
    return FiscalReceipt.objects.filter(Q(attempt__part__in=parts) | Q(refund__part__in=parts))


def served_reconciliations(actor: Actor) -> QuerySet[Reconciliation]:
    return Reconciliation.objects.filter(merchant__in=served_merchants(actor))


def served_discrepancies(actor: Actor) -> QuerySet[Discrepancy]:
    if actor.is_system:
        return Discrepancy.objects.all()
    return Discrepancy.objects.filter(provider_id__in=actor.providers(*STAFF_WHO_SEE_PAYMENTS))
