"""Who else holds an account (ACC-27)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kabinet.accounts import proofs, scopes
from kabinet.accounts.calculations import masked_email, masked_tail
from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import AccountLink
from kabinet.identity.models import User
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible
from kabinet.providers.enums import Proof
from kabinet.providers.queries import PolicyRow, to_provider_row


class HolderNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class HolderRow:
    """Another person with the account: enough to know one's own people by, too little for strangers."""

    person_id: uuid.UUID
    contact: str
    level: AccessLevel
    linked_at: datetime

    @property
    def is_extended(self) -> bool:
        return self.level is AccessLevel.EXTENDED


def get_other_holders(*, actor: Actor, public_id: uuid.UUID) -> Sequence[HolderRow]:
    """Give the others in the order in which they came; nobody where the actor has no full access. One query."""
    links = scopes.other_links(actor).filter(account__public_id=public_id).select_related("user")
    return [_to_row(link) for link in links.order_by("linked_at", "pk")]


@dataclass(frozen=True, slots=True)
class Revocation:
    """A person who may be shut out, and the questions one of which must be answered for it."""

    holder: HolderRow
    questions: tuple[Proof, ...]


def get_revocation(
    *, actor: Actor, public_id: uuid.UUID, holder_id: uuid.UUID, at: datetime
) -> Revocation:
    """:raises HolderNotFound: nobody else such holds the account, or the actor has no full access to it."""
    links = scopes.other_links(actor).select_related("account__provider__policy", "user")
    link = links.filter(account__public_id=public_id, user__public_id=holder_id).first()
    if link is None:
        raise HolderNotFound
    provider = to_provider_row(link.account.provider)
    asked = proofs.offered(
        ownership_questions(provider.policy),
        link.account,
        today=at.astimezone(ZoneInfo(provider.timezone)).date(),
    )
    return Revocation(_to_row(link), asked)


def ownership_questions(policy: PolicyRow) -> tuple[Proof, ...]:
    """Every question by which this provider lets people show that an account is theirs, each once."""
    asked = dict.fromkeys((*policy.upgrade_proofs, *policy.link_proofs))
    return tuple(proof for proof in asked if proof is not Proof.MANUAL)


def _to_row(link: AccountLink) -> HolderRow:
    return HolderRow(
        person_id=link.user.public_id,
        contact=masked_contact(link.user),
        level=AccessLevel(link.level),
        linked_at=link.linked_at,
    )


def masked_contact(user: User) -> str:
    return masked_email(user.email) if user.email else masked_tail(user.phone or "")
