"""Who may open a page of the desk: people with a role at a provider, each for their own providers only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from kabinet.kernel.actors import Actor, ActorKind, Role
from kabinet.providers.queries import get_grants, get_provider_names

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Desk:
    """The frame of a desk page: who works here, for whom; the menu is made from it."""

    actor: Actor
    provider_names: Mapping[int, str]

    def has(self, *roles: Role) -> bool:
        return bool(self.actor.providers(*roles))

    @property
    def exchanges(self) -> bool:
        return self.has(Role.INTEGRATOR, Role.ADMINISTRATOR)


def staff_required(*roles: Role) -> Callable[[View], View]:
    """Open the page for holders of any of the roles (of any role when none is named); others get 403.

    What of it they see is the matter of the scopes: a role at one provider opens nothing of another.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def opened(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            desk = _open_desk(request)
            if not desk.has(*roles):
                raise PermissionDenied
            # The menu of the base template reads it.
            request.desk = desk  # type: ignore[attr-defined]
            return view(request, desk, **kwargs)

        opened.roles = frozenset(roles or Role)  # type: ignore[attr-defined]
        return opened

    return decorate


def _open_desk(request: HttpRequest) -> Desk:
    assert request.user.pk is not None  # noqa: S101 -- LoginRequiredMiddleware let the request through
    grants = get_grants(user_id=request.user.pk)
    actor = Actor(
        ActorKind.STAFF,
        user_id=request.user.pk,
        grants=grants,
        address=request.META.get("REMOTE_ADDR", ""),
    )
    names = get_provider_names(provider_ids=actor.providers()) if grants else {}
    return Desk(actor, names)
