"""Two payments of one account never start by accident: who pays it again while it is being paid says so (PAY-40)."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from kabinet.accounts.models import Account
from kabinet.kernel.errors import Refused
from kabinet.payments.enums import UNDER_WAY
from kabinet.payments.models import Attempt, Checkout


class AlreadyUnderWay(Refused):
    """The same account is being paid at this moment; paying again needs the person's clear word (PAY-40)."""

    message = _(
        "Оплата этого счёта уже идёт. Закончите её или подтвердите, что хотите заплатить ещё раз."
    )

    def __init__(self, checkout_id: uuid.UUID) -> None:
        self.checkout_id = checkout_id
        super().__init__()


def lock_accounts_of(checkout: Checkout) -> Collection[int]:
    """Wait for everybody who is about to pay the same accounts; gives the accounts. Before any part is locked."""
    items = checkout.parts.values("items__account")
    accounts = Account.objects.filter(pk__in=items).order_by("pk")
    return list(accounts.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def require_quiet(
    account_ids: Collection[int], *, but: Checkout | None = None, of: int | None = None
) -> None:
    """Call under the accounts' locks. ``of``: only what this person pays counts.

    :raises AlreadyUnderWay: another checkout takes money for one of the accounts at this moment.
    """
    under_way = Attempt.objects.filter(
        part__items__account__in=account_ids, state__in=UNDER_WAY
    ).order_by("pk")
    if but is not None:
        under_way = under_way.exclude(part__checkout=but)
    if of is not None:
        under_way = under_way.filter(part__checkout__user=of)
    busy = under_way.values_list("part__checkout__public_id", flat=True).first()
    if busy is not None:
        raise AlreadyUnderWay(busy)
