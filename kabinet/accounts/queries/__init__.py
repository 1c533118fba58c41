from __future__ import annotations

from kabinet.accounts.queries.card import (
    ApplianceRow,
    BenefitRow,
    SubscriberCard,
    get_subscriber_card,
)
from kabinet.accounts.queries.links import (
    LinkedAccountRow,
    can_link_more,
    full_at,
    get_linked_accounts,
    get_upgrade_proofs,
)
from kabinet.accounts.queries.words import AccountNotFound, short_address

__all__ = [
    "AccountNotFound",
    "ApplianceRow",
    "BenefitRow",
    "LinkedAccountRow",
    "SubscriberCard",
    "can_link_more",
    "full_at",
    "get_linked_accounts",
    "get_subscriber_card",
    "get_upgrade_proofs",
    "short_address",
]
