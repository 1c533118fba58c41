"""Who is asking. Every scope and every operation takes an Actor (design: who may see what)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a staff member may do for one provider (OPX-33)."""

    OPERATOR = "operator"
    PUBLISHER = "publisher"
    INTEGRATOR = "integrator"
    ADMINISTRATOR = "administrator"


class ActorKind(StrEnum):
    NOBODY = "nobody"
    GUEST = "guest"
    CUSTOMER = "customer"
    STAFF = "staff"
    MACHINE = "machine"
    SYSTEM = "system"


class Errand(StrEnum):
    """What a guest has come for; a proof made for one errand opens nothing for another."""

    READINGS = "readings"
    PAYING = "paying"
    PAYING_BY_LINK = "paying_by_link"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody with rights: a customer, a guest, a provider's staff, its billing system, or Kabinet itself.

    ``grants`` holds (provider id, role) pairs; ``address`` is the IP address for the audit trail. ``account_id`` is the
    one account that a guest has proved to know, ``errand`` what for, ``until`` the moment from which that counts no more.
    ``user_agent`` is what the browser calls itself, for the trail as well.
    """

    kind: ActorKind
    user_id: int | None = None
    grants: frozenset[tuple[int, Role]] = field(default_factory=frozenset)
    address: str = ""
    account_id: int | None = None
    until: datetime | None = None
    errand: Errand | None = None
    user_agent: str = field(default="", compare=False)

    @property
    def is_system(self) -> bool:
        return self.kind is ActorKind.SYSTEM

    def providers(self, *roles: Role) -> frozenset[int]:
        """Ids of the providers for whom the actor holds any of the roles (any role when none is named)."""
        return frozenset(pk for pk, role in self.grants if not roles or role in roles)

    @classmethod
    def customer(cls, user_id: int, address: str = "", user_agent: str = "") -> Actor:
        return cls(ActorKind.CUSTOMER, user_id=user_id, address=address, user_agent=user_agent)

    @classmethod
    def guest(
        cls,
        account_id: int,
        *,
        until: datetime,
        errand: Errand = Errand.READINGS,
        address: str = "",
    ) -> Actor:
        """Somebody who has not signed in and may do one thing for one account (design: narrow operations)."""
        return cls(
            ActorKind.GUEST, address=address, account_id=account_id, until=until, errand=errand
        )


SYSTEM = Actor(ActorKind.SYSTEM)
NOBODY = Actor(ActorKind.NOBODY)
