"""What people have asked staff to confirm (ACC-13)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from kabinet.accounts import scopes
from kabinet.accounts.enums import RequestState
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible

TOLD_FOR = timedelta(days=30)


class RequestNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class LinkRequestRow:
    """A person's own request; says nothing of the account but the number that was typed."""

    public_id: uuid.UUID
    number: str
    provider_code: str
    provider_name: str
    state: RequestState
    created_at: datetime
    reason: str

    @property
    def is_waiting(self) -> bool:
        return self.state is RequestState.WAITING


def get_own_requests(*, actor: Actor, at: datetime) -> Sequence[LinkRequestRow]:
    """Give the waiting ones, and the refusals of the last month with their reasons; newest first, one query."""
    told = Q(state=RequestState.WAITING) | Q(
        state=RequestState.REFUSED, decided_at__gt=at - TOLD_FOR
    )
    requests = scopes.own_link_requests(actor).filter(told).select_related("provider")
    return [
        LinkRequestRow(
            public_id=request.public_id,
            number=request.number,
            provider_code=request.provider.code,
            provider_name=request.provider.name,
            state=RequestState(request.state),
            created_at=request.created_at,
            reason=request.reason,
        )
        for request in requests.order_by("-created_at", "-pk")
    ]


def count_waiting_requests(*, actor: Actor) -> int:
    """Say how many requests wait for this staff member's decision."""
    return scopes.manageable_link_requests(actor).filter(state=RequestState.WAITING).count()
