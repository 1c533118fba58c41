"""Whose payments an actor may see and start; every one builds on the accounts' own scope."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import Account, AccountLink
from kabinet.accounts.scopes import accounts_open_for, opened, visible_links
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
    PaymentLink,
    Reconciliation,
    SavedCard,
)
from kabinet.providers.enums import Feature

STAFF_WHO_SEE_PAYMENTS = (Role.OPERATOR, Role.INTEGRATOR, Role.ADMINISTRATOR)
STAFF_WHO_RETURN_MONEY = (Role.ADMINISTRATOR,)


def payable_accounts(actor: Actor) -> QuerySet[Account]:
    """Accounts that the actor may pay for: one's own, or the one a guest has proved or was given a link to."""
    return accounts_open_for(actor, Feature.PAY)


def shareable_accounts(actor: Actor) -> QuerySet[Account]:
    """Accounts that a person may let others pay by a link: fully one's own, and open for paying."""
    full = visible_links(actor).filter(opened(Feature.PAY), level=AccessLevel.EXTENDED)
    if actor.kind is not ActorKind.CUSTOMER:
        full = full.none()
    return Account.objects.filter(pk__in=full.values("account"))


def links_in_force(*, at: datetime) -> QuerySet[PaymentLink]:
    """Links that whoever made them could make again; one linked anew afterwards does not revive the old ones."""
    held = AccountLink.objects.filter(
        opened(Feature.PAY),
        user=OuterRef("created_by"),
        user__is_active=True,
        account=OuterRef("account"),
        level=AccessLevel.EXTENDED,
        ended_at=None,
        linked_at__lte=OuterRef("created_at"),
    )
    return PaymentLink.objects.filter(Exists(held), revoked_at=None, expires_at__gt=at)


def own_links(actor: Actor, *, at: datetime) -> QuerySet[PaymentLink]:
    if actor.kind is not ActorKind.CUSTOMER:
        return PaymentLink.objects.none()
    return links_in_force(at=at).filter(created_by=actor.user_id)


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
    """What this payer has opened: a person's by the person, a guest's by the digest of the browser session.

    A signed-in person who pays by somebody's link does that as a guest.
    """
    if not session:
        return own_checkouts(actor)
    of_session = Q(user=None, subject_hash=session)
    if actor.kind is ActorKind.CUSTOMER:
        return Checkout.objects.filter(Q(user=actor.user_id) | of_session)
    return Checkout.objects.filter(of_session)


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


def administered_merchants(actor: Actor) -> QuerySet[Merchant]:
    """Contracts of the providers that the staff member administers (OPX-04, 33)."""
    if actor.is_system:
        return Merchant.objects.all()
    return Merchant.objects.filter(provider__in=actor.providers(Role.ADMINISTRATOR))


def served_parts(actor: Actor) -> QuerySet[CheckoutPart]:
    return CheckoutPart.objects.filter(merchant__in=served_merchants(actor))


def served_attempts(actor: Actor) -> QuerySet[Attempt]:
    return Attempt.objects.filter(merchant__in=served_merchants(actor))


def returnable_parts(actor: Actor) -> QuerySet[CheckoutPart]:
    """Parts whose money the actor may give back (OPX-31, 33)."""
    if actor.is_system:
        return CheckoutPart.objects.all()
    return CheckoutPart.objects.filter(
        merchant__provider__in=actor.providers(*STAFF_WHO_RETURN_MONEY)
    )


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


def decidable_discrepancies(actor: Actor) -> QuerySet[Discrepancy]:
    """Differences of providers whose money the actor may book, give back or write off (OPX-31, 33)."""
    if actor.is_system:
        return Discrepancy.objects.all()
    return Discrepancy.objects.filter(provider_id__in=actor.providers(*STAFF_WHO_RETURN_MONEY))
