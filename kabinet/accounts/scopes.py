"""Whose accounts an actor may know about, and how deeply. Every other scope builds on these."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import Account, AccountLink, Act, Contract, LinkRequest
from kabinet.identity.parts import EntryPart, is_on
from kabinet.kernel.actors import Actor, ActorKind, Errand, Role
from kabinet.providers.enums import Feature, GuestCheck
from kabinet.providers.models import ProviderPolicy

STAFF_WHO_SEE_ACCOUNTS = (Role.OPERATOR, Role.ADMINISTRATOR)
# The one thing that each errand of a guest is about.
ERRAND_FEATURES = {
    Errand.READINGS: Feature.SUBMIT_READINGS,
    Errand.PAYING: Feature.PAY,
    Errand.PAYING_BY_LINK: Feature.PAY,
}
_GUEST_RULES = {Errand.READINGS: "guest_readings", Errand.PAYING: "guest_payments"}
_GUEST_PARTS = {
    Errand.READINGS: EntryPart.GUEST_READINGS,
    Errand.PAYING: EntryPart.GUEST_PAYMENT,
}


def visible_links(actor: Actor) -> QuerySet[AccountLink]:
    """The actor's own links in force; those at a switched-off provider too, to be read and ended (OPX-02).

    None of somebody at work: a list of the desk would show their home, with the serials that a limited link masks.
    """
    if actor.is_system:
        return AccountLink.objects.filter(ended_at=None)
    if actor.kind is ActorKind.STAFF:
        return AccountLink.objects.none()
    return AccountLink.objects.filter(user=actor.user_id, ended_at=None).exclude(user=None)


def visible_accounts(actor: Actor) -> QuerySet[Account]:
    """Accounts that the person has linked, or of the providers whose staff asks (ACC-01)."""
    if actor.is_system:
        return Account.objects.all()
    return Account.objects.filter(
        Q(pk__in=visible_links(actor).values("account"))
        | Q(provider__in=actor.providers(*STAFF_WHO_SEE_ACCOUNTS))
    )


def opened(feature: Feature) -> Q:
    """A link's provider offers the feature, and the link's level reaches it (ACC-14, 29).

    What writes is closed where the provider is switched off (OPX-02).
    """
    provider = Q(account__provider__is_active=True) if feature.writes else Q()
    offered = Q(account__provider__policy__enabled_features__contains=[feature])
    reached = Q(level=AccessLevel.EXTENDED) | Q(
        account__provider__policy__limited_features__contains=[feature]
    )
    return provider & offered & reached


def accounts_open_for(actor: Actor, feature: Feature) -> QuerySet[Account]:
    """Visible accounts where the provider offers the feature and the link's level reaches it (ACC-14, 29).

    A switched-off provider's accounts are open for reading only (OPX-02). Staff are not limited by the customer's
    matrix.
    """
    if actor.is_system:
        return Account.objects.all()
    if actor.kind is ActorKind.GUEST:
        return _proved_account(actor, feature)
    reached = visible_links(actor).filter(opened(feature))
    return Account.objects.filter(
        Q(pk__in=reached.values("account"))
        | Q(provider__in=actor.providers(*STAFF_WHO_SEE_ACCOUNTS))
    )


def visible_contracts(actor: Actor) -> QuerySet[Contract]:
    return Contract.objects.filter(account__in=accounts_open_for(actor, Feature.CONTRACTS))


def visible_acts(actor: Actor) -> QuerySet[Act]:
    return Act.objects.filter(account__in=accounts_open_for(actor, Feature.ACTS))


def _proved_account(actor: Actor, feature: Feature) -> QuerySet[Account]:
    """The one account that a guest has proved, for what they came for and for nothing else (MET-15, PAY-19)."""
    if actor.errand is None or actor.account_id is None:
        return Account.objects.none()
    if ERRAND_FEATURES[actor.errand] is not feature:
        return Account.objects.none()
    return guest_accounts(actor.errand).filter(pk=actor.account_id)


def guest_accounts(errand: Errand) -> QuerySet[Account]:
    """Accounts of the providers that let guests do this (MET-18, PAY-19); a link for payment is the holder's own word."""
    return linkable_accounts().filter(takes_guests("provider__policy__", errand))


def takes_guests(policy: str, errand: Errand) -> Q:
    """The provider has the section, and lets guests in by some check; ``policy`` is the way to its rules.

    Nobody does where the deployment leaves that part of the entry page out (IDN-01).
    """
    if errand in _GUEST_PARTS and not is_on(_GUEST_PARTS[errand]):
        return Q(pk__in=())
    offered = Q(**{f"{policy}enabled_features__contains": [ERRAND_FEATURES[errand]]})
    if errand is Errand.PAYING_BY_LINK:
        return offered
    checks = [GuestCheck.INITIALS, GuestCheck.ADDRESS]
    return offered & Q(**{f"{policy}{_GUEST_RULES[errand]}__in": checks})


def guest_check(policy: ProviderPolicy, errand: Errand) -> GuestCheck:
    """What the provider asks a guest who comes for this, besides the number."""
    return GuestCheck(getattr(policy, _GUEST_RULES[errand]))


def linkable_accounts() -> QuerySet[Account]:
    """What a stranger who knows the number and the proofs may come to: nothing is shown from it before (OPX-02)."""
    return Account.objects.filter(provider__is_active=True, missing_since=None)


def own_link_requests(actor: Actor) -> QuerySet[LinkRequest]:
    """What the person has asked a provider's staff to confirm."""
    return LinkRequest.objects.filter(user=actor.user_id).exclude(user=None)


def manageable_link_requests(actor: Actor) -> QuerySet[LinkRequest]:
    """Requests that the actor may look at and decide: those to the providers whose people they serve."""
    if actor.is_system:
        return LinkRequest.objects.all()
    return LinkRequest.objects.filter(provider__in=actor.providers(*STAFF_WHO_SEE_ACCOUNTS))


def other_links(actor: Actor) -> QuerySet[AccountLink]:
    """Other people's links to the accounts that this person holds with full access (ACC-27)."""
    full = visible_links(actor).filter(user=actor.user_id, level=AccessLevel.EXTENDED)
    others = AccountLink.objects.filter(ended_at=None, account__in=full.values("account"))
    return others.exclude(user=actor.user_id)
