"""What a month without a reading will cost (ПП 354, п. 59–60): by the average at first, by the norm afterwards.

Pure functions without Django. Only from the provider's own figures: what is not known is not said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from kabinet.kernel.money import Money
from kabinet.kernel.period import Period

MONTHS = 12


class Ground(StrEnum):
    """What the provider counts by when nothing is sent."""

    AVERAGE = "average"
    NORM = "norm"


@dataclass(frozen=True, slots=True)
class SilenceRules:
    """Average of so many months; so many silent months by it, then the norm."""

    average_months: int
    norm_after: int


@dataclass(frozen=True, slots=True)
class SilentRegister:
    """A register whose reading is awaited: its last reading's day, monthly use and price, as far as known."""

    last_on: date | None
    average: Decimal | None
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class SilentMeter:
    """A meter whose reading is awaited."""

    service_id: int
    service_name: str
    unit: str
    registers: tuple[SilentRegister, ...]


@dataclass(frozen=True, slots=True)
class NormCharge:
    """The volume that the provider charged by norm last, and the price in force; None is unknown."""

    volume: Decimal
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class SilentService:
    """``amount`` is in whole roubles; ``silent_month`` counts this month as the first, second … without a reading."""

    service_name: str
    ground: Ground
    volume: Decimal
    unit: str
    amount: Money
    silent_month: int


@dataclass(frozen=True, slots=True)
class PriceOfSilence:
    """``total`` is None while something awaited cannot be told."""

    services: tuple[SilentService, ...]
    total: Money | None
    rules: SilenceRules


def silent_months(last_on: date, *, month: Period) -> int:
    """How many months, this one included, have passed without a reading."""
    last = Period.of(last_on)
    return (month.year - last.year) * MONTHS + month.month - last.month


def ground_for(months: int, rules: SilenceRules) -> Ground:
    return Ground.AVERAGE if months <= rules.norm_after else Ground.NORM


def needs_norm(meters: Sequence[SilentMeter], *, month: Period, rules: SilenceRules) -> set[int]:
    """Services for which the average no longer holds."""
    return {
        meter.service_id
        for meter in meters
        for register in meter.registers
        if register.last_on is not None
        and ground_for(silent_months(register.last_on, month=month), rules) is Ground.NORM
    }


def price_of_silence(
    meters: Sequence[SilentMeter],
    *,
    month: Period,
    rules: SilenceRules,
    norms: Mapping[int, NormCharge],
) -> PriceOfSilence | None:
    """Give what each service will cost without a reading; nothing when none can be told."""
    groups: dict[int, list[SilentMeter]] = defaultdict(list)
    for meter in meters:
        groups[meter.service_id].append(meter)
    told = [_of_service(own, month, rules, norms) for own in groups.values()]
    services = tuple(row for row in told if row is not None)
    if not services:
        return None
    total = Money.total(row.amount for row in services) if len(services) == len(told) else None
    return PriceOfSilence(services, total, rules)


def _of_service(
    meters: Sequence[SilentMeter],
    month: Period,
    rules: SilenceRules,
    norms: Mapping[int, NormCharge],
) -> SilentService | None:
    days = [register.last_on for meter in meters for register in meter.registers]
    known = [day for day in days if day is not None]
    if not known or len(known) < len(days):
        return None
    months = {silent_months(day, month=month) for day in known}
    grounds = {ground_for(count, rules) for count in months}
    if len(grounds) > 1 or min(months) < 1:
        return None
    ground = grounds.pop()
    counted = (
        _by_average(meters)
        if ground is Ground.AVERAGE
        else _by_norm(norms.get(meters[0].service_id))
    )
    if counted is None:
        return None
    volume, cost = counted
    return SilentService(
        service_name=meters[0].service_name,
        ground=ground,
        volume=volume,
        unit=meters[0].unit,
        amount=Money(cost.quantize(Decimal(1), ROUND_HALF_UP)),
        silent_month=max(months),
    )


def _by_average(meters: Sequence[SilentMeter]) -> tuple[Decimal, Decimal] | None:
    volume, cost = Decimal(0), Decimal(0)
    for register in (register for meter in meters for register in meter.registers):
        if register.average is None or register.price is None:
            return None
        volume += register.average
        cost += register.average * register.price
    return volume, cost


def _by_norm(norm: NormCharge | None) -> tuple[Decimal, Decimal] | None:
    if norm is None or norm.price is None:
        return None
    return norm.volume, norm.volume * norm.price
