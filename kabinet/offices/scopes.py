"""Which offices a person is shown."""

from __future__ import annotations

from django.db.models import QuerySet

from kabinet.accounts.scopes import visible_accounts
from kabinet.kernel.actors import Actor
from kabinet.offices.models import Office


def visible_offices(actor: Actor) -> QuerySet[Office]:
    """Offices of the providers whose accounts the actor sees; no level closes them: people must find help."""
    return Office.objects.filter(provider__in=visible_accounts(actor).values("provider"))
