"""What a guest's payment shows of its lines: sums for services and penalties, never what they are made of (PAY-19)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from kabinet.accounts.calculations import masked_tail
from kabinet.kernel.money import Money
from kabinet.payments.enums import Origin
from kabinet.payments.queries.checkouts import CheckoutRow, ItemRow


def narrowed(checkout: CheckoutRow) -> CheckoutRow:
    """Whoever came by a link has never seen the account's whole number, and does not here."""
    if checkout.origin not in {Origin.GUEST, Origin.LINK}:
        return checkout
    hides_number = checkout.origin is Origin.LINK
    parts = [
        replace(part, items=_summed(part.items, hides_number=hides_number))
        for part in checkout.parts
    ]
    return replace(checkout, parts=parts)


def _summed(items: Sequence[ItemRow], *, hides_number: bool) -> Sequence[ItemRow]:
    by_account: dict[str, list[ItemRow]] = defaultdict(list)
    for item in items:
        by_account[item.account_number].append(item)
    return [
        ItemRow(
            account_number=masked_tail(number) if hides_number else number,
            title=_("Услуги"),
            supplier_name="",
            amount=Money.total(item.amount for item in rows),
            penalty=Money.total(item.penalty for item in rows),
        )
        for number, rows in by_account.items()
    ]
