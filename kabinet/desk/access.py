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

# They see people's data, so they can say whose an account is (ACC-13).
CONFIRM_ACCOUNTS = (Role.OPERATOR, Role.ADMINISTRATOR)

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

    @property
    def confirms_accounts(self) -> bool:
        return self.has(*CONFIRM_ACCOUNTS)

    @property
    def sees_payments(self) -> bool:
        return self.has(Role.OPERATOR, Role.INTEGRATOR, Role.ADMINISTRATOR)

    @property
    def administers(self) -> bool:
        return self.has(Role.ADMINISTRATOR)

    @property
    def sees_accounts(self) -> bool:
        return self.has(Role.OPERATOR, Role.ADMINISTRATOR)


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


def staff_actor(request: HttpRequest) -> Actor:
    """Give the signed-in person with the roles they hold; looked up once in a request."""
    known: Actor | None = getattr(request, "staff_actor", None)
    if known is not None:
        return known
    assert request.user.pk is not None  # noqa: S101 -- LoginRequiredMiddleware let the request through
    actor = Actor(
        ActorKind.STAFF,
        user_id=request.user.pk,
        grants=get_grants(user_id=request.user.pk),
        address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
    )
    request.staff_actor = actor  # type: ignore[attr-defined] # one look-up for the whole page
    return actor


def _open_desk(request: HttpRequest) -> Desk:
    actor = staff_actor(request)
    names = get_provider_names(provider_ids=actor.providers()) if actor.grants else {}
    return Desk(actor, names)
