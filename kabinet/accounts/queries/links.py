from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from kabinet.accounts import proofs, riders, scopes
from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import AccountLink
from kabinet.accounts.queries.words import AccountNotFound, short_address
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.kernel.prepared import Prepared
from kabinet.providers.enums import Feature, Proof
from kabinet.providers.queries import ProviderRow, to_provider_row


@dataclass(frozen=True, slots=True)
class LinkedAccountRow:
    """An account through a person's link: what the frame of every page and the sections need.

    A limited link knows no address: whoever knows a number could read it otherwise (ACC-14).
    ``told`` is what other apps asked for (``riders.LINKED``); each reads its own.
    """

    id: int
    public_id: uuid.UUID
    number: str
    alias: str
    address: str
    level: AccessLevel
    is_primary: bool
    linked_at: datetime
    closed_on: date | None
    missing_since: datetime | None
    as_of: datetime
    provider: ProviderRow
    told: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def title(self) -> str:
        """The person's own name for it, or the number (ACC-23)."""
        return self.alias or self.number

    @property
    def is_closed(self) -> bool:
        return self.closed_on is not None or self.missing_since is not None

    @property
    def is_extended(self) -> bool:
        return self.level is AccessLevel.EXTENDED

    def offers(self, feature: Feature) -> bool:
        """The provider has switched the section on (ACC-29), and works itself where the section writes (OPX-02)."""
        return feature in self.provider.policy.enabled_features and (
            self.provider.is_active or not feature.writes
        )

    def opens(self, feature: Feature) -> bool:
        """The section is on and this link's level reaches it (ACC-14)."""
        return self.offers(feature) and (
            self.is_extended or feature in self.provider.policy.limited_features
        )

    def is_stale(self, at: datetime) -> bool:
        """The account's data are older than the provider promises them to be (OPX-35)."""
        return at - self.as_of > timedelta(hours=self.provider.policy.max_data_age_hours)

    def local_date(self, at: datetime) -> date:
        """The day it is at the provider's place."""
        return at.astimezone(ZoneInfo(self.provider.timezone)).date()


def get_linked_accounts(*, actor: Actor) -> Sequence[LinkedAccountRow]:
    """Give the person's linked accounts, the primary first, then oldest links first; one query."""
    return [_to_linked_row(link) for link in _LINKS(actor)]


def _links(actor: Actor) -> QuerySet[AccountLink]:
    links = scopes.visible_links(actor).select_related("account__provider__policy")
    return riders.LINKED.board(links).order_by("-is_primary", "linked_at", "pk")


_LINKS = Prepared(_links)


def get_linked_pairs(
    *, pairs: Collection[tuple[int, int]]
) -> Mapping[tuple[int, int], LinkedAccountRow]:
    """Give the links in force among pairs of a person and an account, for what Kabinet does by itself; one query."""
    links = (
        scopes.visible_links(SYSTEM)
        .filter(user__in={user for user, _account in pairs})
        .filter(account__in={account for _user, account in pairs})
        .select_related("account__provider__policy")
    )
    boarded = riders.LINKED.board(links).order_by("pk")
    found = {(link.user_id, link.account_id): link for link in boarded}
    return {pair: _to_linked_row(found[pair]) for pair in pairs if pair in found}


def can_link_more(accounts: Sequence[LinkedAccountRow]) -> bool:
    """Whether the installation lets this person link one more account (ACC-21)."""
    return len(accounts) < settings.LINK_MAX_ACCOUNTS


def full_at(accounts: Sequence[LinkedAccountRow]) -> frozenset[str]:
    """Codes of the providers that let this person link no more of their accounts (ACC-21)."""
    counts = Counter(account.provider.code for account in accounts)
    limits = {account.provider.code: account.provider.policy.max_accounts for account in accounts}
    return frozenset(code for code, count in counts.items() if count >= limits[code])


def get_upgrade_proofs(*, actor: Actor, public_id: uuid.UUID, at: datetime) -> tuple[Proof, ...]:
    """Give the questions that open full access: the provider's choice, less those without data (ACC-16, OPX-10).

    :raises AccountNotFound: the account is not linked to this person.
    """
    links = scopes.visible_links(actor).select_related("account__provider__policy")
    link = links.filter(account__public_id=public_id).first()
    if link is None:
        raise AccountNotFound
    row = _to_linked_row(link)
    policy = row.provider.policy
    return proofs.offered(policy.upgrade_proofs, link.account, today=row.local_date(at))


def _to_linked_row(link: AccountLink) -> LinkedAccountRow:
    account = link.account
    provider = to_provider_row(account.provider)
    level = AccessLevel(link.level)
    knows_address = (
        level is AccessLevel.EXTENDED or Feature.SUBSCRIBER in provider.policy.limited_features
    )
    return LinkedAccountRow(
        id=account.pk,
        public_id=account.public_id,
        number=account.number,
        alias=link.alias,
        address=short_address(account) if knows_address else "",
        level=level,
        is_primary=link.is_primary,
        linked_at=link.linked_at,
        closed_on=account.closed_on,
        missing_since=account.missing_since,
        as_of=account.as_of,
        provider=provider,
        told=riders.LINKED.told(link),
    )
