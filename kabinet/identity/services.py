"""Other services as ways in: which are offered here, and which open a person's cabinet (IDN-24, 26, 27)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.conf import settings

from kabinet.identity.enums import Service
from kabinet.identity.parts import EntryPart, is_on
from kabinet.identity.queries import person_id
from kabinet.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """Another service as a way in; ``linked_at`` is empty where it is offered and not linked."""

    service: Service
    called: str = ""
    linked_at: datetime | None = None


def offered_services() -> Sequence[Service]:
    """Give the services that this installation is registered with, where they are a way in at all (IDN-24, 26)."""
    if not is_on(EntryPart.OUTSIDE):
        return []
    return [row for row in Service if settings.SOCIALACCOUNT_PROVIDERS.get(row, {}).get("APPS")]


def get_services(*, actor: Actor) -> Sequence[ServiceRow]:
    """Give what can open the person's cabinet besides, linked or not; nothing where nothing is offered (IDN-39)."""
    offered = offered_services()
    if not offered:
        return []
    accounts = SocialAccount.objects.filter(user_id=person_id(actor), provider__in=offered)
    linked = {
        account.provider: ServiceRow(
            Service(account.provider),
            str(account.extra_data.get("full_name", "")),
            account.date_joined,
        )
        for account in accounts
    }
    return [linked.get(service, ServiceRow(service)) for service in offered]
