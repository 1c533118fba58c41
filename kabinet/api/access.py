"""Who calls: a provider's billing system with its key in the Authorization header."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from ninja.security import HttpBearer

from kabinet.kernel.actors import Actor
from kabinet.providers.api_keys import actor_of_key


@dataclass(frozen=True, slots=True)
class Caller:
    actor: Actor
    provider_code: str


class ProviderKey(HttpBearer):
    """``Authorization: Bearer kb_…``; the key names the provider, so no address does."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        found = actor_of_key(token, address=request.META.get("REMOTE_ADDR", ""))
        return None if found is None else Caller(*found)


def caller_of(request: HttpRequest) -> Caller:
    """Give the caller that ``ProviderKey`` let through."""
    caller = request.auth  # type: ignore[attr-defined] # ninja puts it there
    assert isinstance(caller, Caller)  # noqa: S101 -- narrows the type
    return caller
