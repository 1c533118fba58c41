"""What can be paid on each of a person's accounts, and on all together: by what came along with them, no query."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from kabinet.accounts.queries import LinkedAccountRow
from kabinet.billing.queries import get_top_due
from kabinet.kernel.money import Money
from kabinet.payments.queries import PayWay, get_pay_way
from kabinet.providers.enums import Feature


def sum_of_all(accounts: Iterable[LinkedAccountRow]) -> Money | None:
    """What «Оплатить всё» comes to; None unless several accounts owe something and can be paid (PAY-27)."""
    owed = [owed_on(row) for row in accounts if get_pay_way(row) is PayWay.OPEN]
    known = [amount for amount in owed if amount is not None]
    return Money.total(known) if len(known) > 1 else None


def owed_on(account: LinkedAccountRow) -> Money | None:
    """Give the debt that may be shown; None where there is none, or the sum is closed to this person."""
    if not account.opens(Feature.BALANCE):
        return None
    due = get_top_due(account=account, at=timezone.now())
    return due.amount if due and due.amount and due.amount.amount > 0 else None
