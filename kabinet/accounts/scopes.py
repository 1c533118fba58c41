"""Whose accounts an actor may know about, and how deeply. Every other scope builds on these."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import Account, AccountLink
from kabinet.kernel.actors import Actor, Role
from kabinet.providers.enums import Feature

STAFF_WHO_SEE_ACCOUNTS = (Role.OPERATOR, Role.ADMINISTRATOR)


def visible_links(actor: Actor) -> QuerySet[AccountLink]:
    """The actor's own links in force; those at a switched-off provider too, to be read and ended (OPX-02)."""
    if actor.is_system:
        return AccountLink.objects.filter(ended_at=None)
    return AccountLink.objects.filter(user=actor.user_id, ended_at=None).exclude(user=None)


def visible_accounts(actor: Actor) -> QuerySet[Account]:
    """Accounts that the person has linked, or of the providers whose staff asks (ACC-01)."""
    if actor.is_system:
        return Account.objects.all()
    return Account.objects.filter(
        Q(pk__in=visible_links(actor).values("account"))
        | Q(provider__in=actor.providers(*STAFF_WHO_SEE_ACCOUNTS))
    )


def accounts_open_for(actor: Actor, feature: Feature) -> QuerySet[Account]:
    """Visible accounts where the provider offers the feature and the link's level reaches it (ACC-14, 29).

    A switched-off provider's accounts are open for reading only (OPX-02). Staff are not limited by the customer's
    matrix.
    """
    if actor.is_system:
        return Account.objects.all()
    offered = visible_links(actor).filter(
        account__provider__policy__enabled_features__contains=[feature]
    )
    if feature.writes:
        offered = offered.filter(account__provider__is_active=True)
    reached = offered.filter(
        Q(level=AccessLevel.EXTENDED)
        | Q(account__provider__policy__limited_features__contains=[feature])
    )
    return Account.objects.filter(
        Q(pk__in=reached.values("account"))
        | Q(provider__in=actor.providers(*STAFF_WHO_SEE_ACCOUNTS))
    )


def linkable_accounts() -> QuerySet[Account]:
    """What a stranger who knows the number and the proofs may come to: nothing is shown from it before (OPX-02)."""
    return Account.objects.filter(provider__is_active=True, missing_since=None)
