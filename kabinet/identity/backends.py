from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils import timezone

from kabinet.identity import passwords, queries
from kabinet.identity.identifiers import NotAnIdentifier, identify
from kabinet.identity.models import User
from kabinet.identity.operations.recovery import spend_temporary_password
from kabinet.kernel.actors import NOBODY, Actor, ActorKind


class ProvenContact(AuthenticationBackend):
    """Sign-in by a proven e-mail address or phone number, found by one query (IDN-16, 21).

    The parent hashes the password also when nobody is found, so that the answer takes as long.
    """

    def _authenticate(
        self,
        request: HttpRequest | None,
        **credentials: Any,
    ) -> AbstractBaseUser | None:
        named = credentials.get("email") or credentials.get("phone") or credentials.get("username")
        password: str = credentials.get("password") or ""
        if not named or len(password) > passwords.LONGEST_TRIED:
            return None
        try:
            identifier = identify(named)
        except NotAnIdentifier:
            return None
        person = queries.find_person(identifier)
        found: AbstractBaseUser | None = self._check_password(person, password)
        if found is None and settings.RECOVERY == "temporary":
            return spend_temporary_password(
                actor=_visitor(request),
                identifier=identifier,
                password=password,
                at=timezone.now(),
            )
        return found

    def get_user(self, user_id: int) -> User | None:
        """Give the person of a session, at every request: prepared."""
        person = queries.find_person_by_id(user_id)
        return person if person is not None and self.user_can_authenticate(person) else None

    def _mitigate_timing_attack(self, password: str) -> None:
        super()._mitigate_timing_attack(password[: passwords.LONGEST_TRIED])


def _visitor(request: HttpRequest | None) -> Actor:
    """Say who tries to come in; outside a request nobody knows from where."""
    if request is None:
        return NOBODY
    return Actor(
        ActorKind.NOBODY,
        address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
    )
