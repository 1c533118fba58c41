"""Online payments that the provider has not confirmed yet: the app that takes payments registers its own source.

What a person sees as due is the provider's figure less these, so that a payment counts at once and only once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from kabinet.kernel.money import Money

Source = Callable[[AbstractSet[int]], Mapping[int, Money]]

_sources: list[Source] = []


def register(source: Source) -> None:
    """Add a source that tells, for account ids, the sums paid and not yet confirmed."""
    _sources.append(source)


def unregister(source: Source) -> None:
    _sources.remove(source)


def unconfirmed_payments(account_ids: AbstractSet[int]) -> Mapping[int, Money]:
    sums: dict[int, Money] = defaultdict(Money.zero)
    for source in _sources:
        for account_id, amount in source(account_ids).items():
            sums[account_id] += amount
    return sums
