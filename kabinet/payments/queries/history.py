"""What a person has paid in the cabinet, whoever's account it was for (PAY-10, 40, 44, 45)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kabinet.kernel.actors import Actor
from kabinet.payments import scopes
from kabinet.payments.queries.checkouts import CheckoutRow, to_checkout_rows


@dataclass(frozen=True, slots=True)
class OwnPaymentsRow:
    """A portion of the person's checkouts, newest first; ``has_more``: older ones follow."""

    checkouts: Sequence[CheckoutRow]
    has_more: bool


def get_own_payments(*, actor: Actor, page: int, size: int) -> OwnPaymentsRow:
    """Give a portion; four queries, whatever the history."""
    start = (page - 1) * size
    own = scopes.own_checkouts(actor).order_by("-created_at", "-pk")
    found = list(own[start : start + size + 1])
    return OwnPaymentsRow(to_checkout_rows(found[:size]), has_more=len(found) > size)
