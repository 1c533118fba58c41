"""Somebody whom another service vouches for and who is not known here yet, as the session keeps them meanwhile."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.http import HttpRequest

from kabinet.identity.enums import IdentifierKind, Service
from kabinet.identity.identifiers import Identifier
from kabinet.identity.session_store import renew_key

KEPT = "newcomer"
# Long enough for a code to arrive by e-mail, short enough for a computer that others use too.
LASTS_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Newcomer:
    """``uid`` is the account's own number there, ``told`` what will be kept of it; contacts are proved or empty."""

    service: Service
    uid: str
    called: str
    told: dict[str, Any] = field(default_factory=dict)
    email: str = ""
    phone: str = ""
    surname: str = ""
    name: str = ""
    patronymic: str = ""

    @property
    def contacts(self) -> Sequence[Identifier]:
        pairs = ((IdentifierKind.EMAIL, self.email), (IdentifierKind.PHONE, self.phone))
        return [Identifier(kind, value) for kind, value in pairs if value]


def keep(request: HttpRequest, newcomer: Newcomer) -> None:
    """Remember in this browser's session, and only there, who has just been proved."""
    renew_key(request)
    request.session[KEPT] = {"at": int(time.time()), "who": asdict(newcomer)}


def waiting(request: HttpRequest) -> Newcomer | None:
    """Give who waits; nobody when it was too long ago."""
    kept = request.session.get(KEPT)
    if kept is None:
        return None
    if time.time() - kept["at"] > LASTS_SECONDS:
        forget(request)
        return None
    return Newcomer(**{**kept["who"], "service": Service(kept["who"]["service"])})


def forget(request: HttpRequest) -> None:
    request.session.pop(KEPT, None)
