"""Payments made here, shown beside those of the provider's books; the app that takes payments brings them (PAY-47)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import Combinable

from kabinet.kernel.actors import Actor

COLUMNS = (
    "shown_on",
    "shown_processed_on",
    "shown_sum",
    "shown_penalty",
    "shown_source",
    "shown_place",
    "shown_service",
    "shown_supplier",
    "shown_state",
    "shown_checkout",
    "shown_number",
)
"""What a row of the list is made of, whichever books it is from; both sides give the same types in this order.

A day, a day or NULL, two sums (what was given back is negative), four texts, a ``PaymentState``, a checkout that is the
reader's own or NULL, and a number that orders rows of one day.
"""


@dataclass(frozen=True, slots=True)
class OnlinePayments:
    """``unposted`` gives what the provider's books do not hold, of accounts open to the actor, with the columns above.

    ``state`` and ``checkout`` tell, over ``OuterRef("portal_id")`` and ``OuterRef("account_id")``, of the payment of
    ours that a row of the provider's confirms.
    """

    unposted: Callable[[Actor, int], QuerySet[Any]]
    state: Callable[[], Combinable]
    checkout: Callable[[Actor], Combinable]


_sources: list[OnlinePayments] = []


def register(source: OnlinePayments) -> None:
    """Called once, when the app that takes payments is ready."""
    _sources.append(source)


def source() -> OnlinePayments:
    (known,) = _sources
    return known
