"""What every read of accounts shares."""

from __future__ import annotations

from datetime import date

from kabinet.accounts.models import Account
from kabinet.kernel.errors import NotVisible


class AccountNotFound(NotVisible):
    pass


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


def full_name(account: Account) -> str:
    return " ".join(filter(None, (account.surname, account.name, account.patronymic)))


def to_day(value: date | str | None) -> date | None:
    """A day, also as JSON writes it."""
    return date.fromisoformat(value) if isinstance(value, str) else value
