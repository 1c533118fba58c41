from __future__ import annotations

from django.db.models import QuerySet

from kabinet.kernel.actors import Actor, Role
from kabinet.providers.models import Provider


def administered_providers(actor: Actor) -> QuerySet[Provider]:
    """Providers whose administrator the actor is; all for Kabinet itself."""
    providers = Provider.objects.all()
    if actor.is_system:
        return providers
    return providers.filter(pk__in=actor.providers(Role.ADMINISTRATOR))
