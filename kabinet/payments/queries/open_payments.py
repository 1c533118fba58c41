"""Payments of a person that the bank has not finished with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.payments import scopes
from kabinet.payments.enums import UNDER_WAY, AttemptState
from kabinet.payments.models import Attempt


@dataclass(frozen=True, slots=True)
class OpenPayments:
    count: int
    total: Money


def get_open_payments(*, actor: Actor) -> OpenPayments:
    """Say how many payments of the person are in the bank's hands, and of what sum; one query."""
    under_way = Attempt.objects.filter(
        part__checkout__in=scopes.own_checkouts(actor),
        state__in=[*UNDER_WAY, AttemptState.DISPUTED],
    )
    found = under_way.aggregate(count=Count("pk"), total=Sum("amount"))
    return OpenPayments(found["count"], Money(found["total"] or Decimal("0.00")))
