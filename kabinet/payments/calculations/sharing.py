"""One typed sum over several lines: first what is owed for services, then penalties (ГК РФ ст. 319)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kabinet.kernel.money import Money
from kabinet.payments.calculations.splitting import NOTHING


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed on a line; ``penalty`` stands apart from ``service``."""

    service: Money
    penalty: Money


@dataclass(frozen=True, slots=True)
class Share:
    """What a line gets; ``amount`` holds ``penalty``."""

    amount: Money
    penalty: Money


def share(owed: Sequence[Owed], amount: Money) -> list[Share]:
    """Share a sum out: services by what is owed on each, then penalties; what is left over is an advance."""
    services = Money.total(line.service for line in owed)
    penalties = Money.total(line.penalty for line in owed)
    over = max(amount - services, NOTHING)
    return share_apart(owed, amount - min(over, penalties), min(over, penalties))


def share_apart(owed: Sequence[Owed], service: Money, penalty: Money) -> list[Share]:
    """Share two sums out, one for services and one for penalties; the parts add up exactly."""
    services = _by_weight(service, [line.service for line in owed])
    penalties = _by_weight(penalty, [line.penalty for line in owed])
    return [
        Share(for_service + for_penalty, for_penalty)
        for for_service, for_penalty in zip(services, penalties, strict=True)
    ]


def _by_weight(amount: Money, weights: Sequence[Money]) -> list[Money]:
    """By what is owed; where nothing is, the first line takes it all."""
    kopecks = [weight.kopecks for weight in weights]
    return amount.allocate(kopecks if any(kopecks) else [1] + [0] * (len(kopecks) - 1))
