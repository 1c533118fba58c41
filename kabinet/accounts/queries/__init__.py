from __future__ import annotations

from kabinet.accounts.queries.card import (
    AccountCard,
    ApplianceRow,
    BenefitRow,
    Part,
    SubscriberCard,
    SuppliedServiceRow,
    get_account_card,
    get_subscriber_card,
)
from kabinet.accounts.queries.contracts import (
    ActLineRow,
    ActRow,
    ActsPage,
    ContractRow,
    get_acts,
    get_contracts,
)
from kabinet.accounts.queries.holders import (
    HolderNotFound,
    HolderRow,
    Revocation,
    get_other_holders,
    get_revocation,
)
from kabinet.accounts.queries.links import (
    LinkedAccountRow,
    can_link_more,
    full_at,
    get_linked_accounts,
    get_linked_pairs,
    get_upgrade_proofs,
)
from kabinet.accounts.queries.requests import (
    LinkRequestRow,
    RequestNotFound,
    count_waiting_requests,
    get_own_requests,
)
from kabinet.accounts.queries.words import AccountNotFound, short_address

__all__ = [
    "AccountCard",
    "AccountNotFound",
    "ActLineRow",
    "ActRow",
    "ActsPage",
    "ApplianceRow",
    "BenefitRow",
    "ContractRow",
    "HolderNotFound",
    "HolderRow",
    "LinkRequestRow",
    "LinkedAccountRow",
    "Part",
    "RequestNotFound",
    "Revocation",
    "SubscriberCard",
    "SuppliedServiceRow",
    "can_link_more",
    "count_waiting_requests",
    "full_at",
    "get_account_card",
    "get_acts",
    "get_contracts",
    "get_linked_accounts",
    "get_linked_pairs",
    "get_other_holders",
    "get_own_requests",
    "get_revocation",
    "get_subscriber_card",
    "get_upgrade_proofs",
    "short_address",
]
