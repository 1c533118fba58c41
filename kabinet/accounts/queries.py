from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from kabinet.accounts import scopes
from kabinet.accounts.enums import AccessLevel
from kabinet.accounts.models import Account, AccountLink
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible
from kabinet.providers.enums import Feature
from kabinet.providers.queries import ProviderRow, to_provider_row


class AccountNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class LinkedAccountRow:
    """An account through a person's link: what the frame of every page and the sections need."""

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
        """The provider has switched the section on (ACC-29)."""
        return feature in self.provider.policy.enabled_features

    def opens(self, feature: Feature) -> bool:
        """The section is on and this link's level reaches it (ACC-14)."""
        return self.offers(feature) and (
            self.is_extended or feature in self.provider.policy.limited_features
        )

    def local_date(self, at: datetime) -> date:
        """The day it is at the provider's place."""
        return at.astimezone(ZoneInfo(self.provider.timezone)).date()


def get_linked_accounts(*, actor: Actor) -> Sequence[LinkedAccountRow]:
    """Give the person's linked accounts, the primary first, then oldest links first; one query."""
    links = scopes.visible_links(actor).select_related("account__provider__policy")
    return [_to_linked_row(link) for link in links.order_by("-is_primary", "linked_at", "pk")]


def short_address(account: Account) -> str:
    """City, street, house and flat in one line, without the empty parts."""
    building = f", корп. {account.building}" if account.building else ""
    parts = [
        account.city,
        account.street,
        f"д. {account.house}{building}" if account.house else "",
        f"кв. {account.flat}" if account.flat else "",
    ]
    return ", ".join(part for part in parts if part)


def _to_linked_row(link: AccountLink) -> LinkedAccountRow:
    account = link.account
    return LinkedAccountRow(
        id=account.pk,
        public_id=account.public_id,
        number=account.number,
        alias=link.alias,
        address=short_address(account),
        level=AccessLevel(link.level),
        is_primary=link.is_primary,
        linked_at=link.linked_at,
        closed_on=account.closed_on,
        missing_since=account.missing_since,
        as_of=account.as_of,
        provider=to_provider_row(account.provider),
    )
