from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kabinet.accounts.enums import AccessLevel


@dataclass(frozen=True, slots=True)
class AccountLinked:
    """A person has linked an account."""

    account_id: int
    user_id: int
    level: AccessLevel
    at: datetime


@dataclass(frozen=True, slots=True)
class AccessExtended:
    """A limited link has become a full one."""

    account_id: int
    user_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountUnlinked:
    """A person's link has ended; what hangs on it (autopay, subscriptions) ends too."""

    account_id: int
    user_id: int
    at: datetime
