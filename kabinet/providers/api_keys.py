"""Keys with which a provider's billing system signs in to the provider API (XCH-08, 11)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from kabinet.kernel import audit
from kabinet.kernel.actors import Actor, ActorKind, Role
from kabinet.providers.models import ApiKey, Provider
from kabinet.providers.queries import ProviderNotFound

PREFIX = "kb_"


def _digest(key: str) -> str:
    # The key is 256 random bits: a plain hash is enough, and lets us find the row by it.
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def issue_api_key(*, actor: Actor, provider_code: str, name: str, at: datetime) -> str:
    """Make a key for a provider's billing system and return it; it is shown once and kept only hashed.

    :raises ProviderNotFound: no such provider, or the actor is not its administrator.
    """
    providers = Provider.objects.filter(code=provider_code)
    if not actor.is_system:
        providers = providers.filter(pk__in=actor.providers(Role.ADMINISTRATOR))
    provider = providers.first()
    if provider is None:
        raise ProviderNotFound

    key = PREFIX + secrets.token_urlsafe(32)
    row = ApiKey.objects.create(provider=provider, name=name, digest=_digest(key))
    audit.record(actor, "providers.api_key.issue", row, at=at, name=name)
    return key


def actor_of_key(key: str, *, address: str) -> tuple[Actor, str] | None:
    """Give the machine actor and the provider code of a key in force, or None."""
    row = (
        ApiKey.objects.filter(digest=_digest(key), revoked_at=None, provider__is_active=True)
        .values_list("provider_id", "provider__code")
        .first()
    )
    if row is None:
        return None
    grants = frozenset({(row[0], Role.INTEGRATOR)})
    return Actor(ActorKind.MACHINE, grants=grants, address=address), row[1]
