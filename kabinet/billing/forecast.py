"""What this month will cost at the present pace, and how sure that is (ADR 0018).

Pure functions without Django. A service's volume is taken from the same month of earlier years, brought to the level
of the last twelve months and to the latest pace; its price is the last one paid, moved as the tariff has moved. How far
such forecasts were off for this very account in the months before says how wide the range is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum
from math import ceil

from kabinet.kernel.money import Money
from kabinet.kernel.period import Period

YEAR = 12
YEARS = 2
# Tests of a year ago look two years further back.
HISTORY = YEAR * 3
LEAST_TESTS = 6
MOST_TESTS = 12
LEAST_MONTHS = YEAR + LEAST_TESTS
# Four forecasts of five were to be no further off than the range says.
SHARE_IN_RANGE = Decimal("0.8")
# A range wider than this tells nobody anything.
WORST_ERROR = Decimal("0.5")
# The last bills may be late by a month; older data say nothing about now.
LATEST_LAG = 2
PACE_MONTHS = 3
PACE_WEIGHT = Decimal(1) / 4
PACE_LIMITS = (Decimal("0.5"), Decimal(2))
LEAST_DAYS = 7
DAYS_ABOUT_A_MONTH = 6
ZERO, ONE = Decimal(0), Decimal(1)


class Refusal(StrEnum):
    """Why there is no forecast."""

    NO_BILLS = "no_bills"
    OLD_BILLS = "old_bills"
    SHORT_HISTORY = "short_history"
    UNSTEADY = "unsteady"


class Ground(StrEnum):
    """What a service's figure rests on."""

    READING = "reading"
    SEASON = "season"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ServiceMonth:
    """A service in a closed month: ``cost`` is charged less benefits, ``net`` what was asked for in the end.

    ``is_average``: nobody gave a reading, and the next one given settles it.
    """

    cost: Decimal
    net: Decimal
    volume: Decimal | None
    is_metered: bool
    is_average: bool = False
    has_benefit: bool = False


@dataclass(frozen=True, slots=True)
class ServiceHistory:
    """A service through the months that have bills; ``prices`` are its tariffs, in force in each month and the next."""

    service_id: int
    name: str
    months: Mapping[Period, ServiceMonth]
    prices: Mapping[Period, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pace:
    """Use by this month's readings, for a whole month; ``weight`` is the part of the month that they cover, to 1."""

    volume: Decimal
    weight: Decimal


@dataclass(frozen=True, slots=True)
class ServiceForecast:
    name: str
    amount: Money
    ground: Ground


@dataclass(frozen=True, slots=True)
class Forecast:
    """``usual_error`` in whole per cent: four of five such forecasts were no further off, of ``tests`` made."""

    period: Period
    amount: Money
    low: Money
    high: Money
    usual_error: int
    tests: int
    services: tuple[ServiceForecast, ...]
    has_benefit: bool = False


@dataclass(frozen=True, slots=True)
class NoForecast:
    """``months`` is how many months of bills there are."""

    why: Refusal
    months: int


Paces = Mapping[int, Pace]
NO_PACES: Paces = {}


def forecast(
    services: Sequence[ServiceHistory], *, target: Period, paces: Paces = NO_PACES
) -> Forecast | NoForecast:
    """Forecast the target month from the months before it; sums are rounded to tens of roubles."""
    billed = sorted({month for service in services for month in service.months if month < target})
    refusal = _refusal(billed, target)
    if refusal is not None:
        return NoForecast(refusal, len(billed))
    last = billed[-1]
    errors = sorted(_test(services, billed, paces))
    predicted = [_predict(service, target, billed, paces) for service in services]
    total = sum((row.cost for row in predicted), ZERO)
    error = _usual(errors)
    if len(errors) < LEAST_TESTS or total <= 0 or error > WORST_ERROR:
        return NoForecast(Refusal.UNSTEADY, len(billed))
    rows = [
        ServiceForecast(service.name, _roubles(row.cost), row.ground)
        for service, row in zip(services, predicted, strict=True)
        if row.cost
    ]
    return Forecast(
        period=target,
        amount=_tens(total),
        low=_tens(total * (1 - error), ROUND_FLOOR),
        high=_tens(total * (1 + error), ROUND_CEILING),
        usual_error=int((error * 100).quantize(ONE, ROUND_CEILING)),
        tests=len(errors),
        services=tuple(sorted(rows, key=lambda row: row.amount, reverse=True)),
        has_benefit=any(s.months[last].has_benefit for s in services if last in s.months),
    )


def pace_of_use(use: Decimal, *, days: int, month: Period) -> Pace | None:
    """Bring the use between two readings to a whole month; of so few days nothing can be said.

    About a month between them is what the month will be charged by, as it is.
    """
    if days < LEAST_DAYS:
        return None
    length = month.last_day.day
    if abs(days - length) <= DAYS_ABOUT_A_MONTH:
        return Pace(use, ONE)
    return Pace(use * length / days, min(ONE, Decimal(days) / length))


def _refusal(billed: Sequence[Period], target: Period) -> Refusal | None:
    if not billed:
        return Refusal.NO_BILLS
    if billed[-1] < target.plus(-LATEST_LAG):
        return Refusal.OLD_BILLS
    return Refusal.SHORT_HISTORY if len(billed) < LEAST_MONTHS else None


def _tens(amount: Decimal, rounding: str = ROUND_HALF_UP) -> Money:
    return Money((amount / 10).quantize(ONE, rounding) * 10)


def _roubles(amount: Decimal) -> Money:
    return Money(amount.quantize(ONE, ROUND_HALF_UP))


def _usual(errors: Sequence[Decimal]) -> Decimal:
    """The error that so large a share of the tests did not exceed; ``errors`` are sorted."""
    return errors[ceil(len(errors) * SHARE_IN_RANGE) - 1] if errors else ONE


def _test(
    services: Sequence[ServiceHistory], billed: Sequence[Period], paces: Paces
) -> Iterable[Decimal]:
    """Forecast each of the last months from the ones before it; a reading stands for what came to be charged."""
    for number in range(max(YEAR, len(billed) - MOST_TESTS), len(billed)):
        month, before = billed[number], billed[:number]
        known = {
            service.service_id: Pace(told.volume, paces[service.service_id].weight)
            for service in services
            if service.service_id in paces
            and (told := service.months.get(month)) is not None
            and told.volume is not None
        }
        rows = [_predict(service, month, before, known) for service in services]
        predicted = sum((row.cost for row in rows), ZERO)
        actual = sum((s.months[month].net for s in services if month in s.months), ZERO)
        if predicted > 0:
            yield abs(actual - predicted) / predicted


@dataclass(frozen=True, slots=True)
class _Predicted:
    cost: Decimal
    ground: Ground


def _predict(
    service: ServiceHistory, target: Period, billed: Sequence[Period], paces: Paces
) -> _Predicted:
    """A service's cost in the target month, from the billed months only."""
    last = _last_charged(service, billed)
    if last is None:
        return _Predicted(ZERO, Ground.SAME)
    month = service.months[last]
    if not month.volume:
        is_here = last == billed[-1]
        cost = month.cost * _moved(service.prices, last, target) if is_here else ZERO
        return _Predicted(cost, Ground.SAME)
    price = month.cost / month.volume * _moved(service.prices, last, target)
    series = _Series.of(service, billed)
    volume = series.metered(target) if month.is_metered else series.counted(target)
    ground = Ground.SEASON if month.is_metered else Ground.SAME
    pace = paces.get(service.service_id)
    if pace is not None:
        volume = pace.weight * pace.volume + (1 - pace.weight) * volume
        ground = Ground.READING
    return _Predicted(volume * price, ground)


def _last_charged(service: ServiceHistory, billed: Sequence[Period]) -> Period | None:
    """The newest month of the last year in which the service cost something."""
    for month in reversed(billed[-YEAR:]):
        told = service.months.get(month)
        if told is not None and told.cost > 0:
            return month
    return None


def _moved(prices: Mapping[Period, Decimal], then: Period, now: Period) -> Decimal:
    """How the tariff has moved between two months; unknown means that it stayed."""
    before, after = prices.get(then), prices.get(now)
    return after / before if before and after else ONE


@dataclass(frozen=True, slots=True)
class _Series:
    """Volumes by month: nothing charged is nothing used, and what was taken back later was not used either."""

    volumes: Mapping[Period, Decimal]
    billed: Sequence[Period]

    @classmethod
    def of(cls, service: ServiceHistory, billed: Sequence[Period]) -> _Series:
        recent = billed[-HISTORY:]
        told = {month: service.months.get(month) for month in recent}
        averages = {month for month, row in told.items() if row is not None and row.is_average}
        volumes = {month: row.volume or ZERO if row else ZERO for month, row in told.items()}
        settled = _settled(volumes, averages) if averages else volumes
        return cls({month: max(volume, ZERO) for month, volume in settled.items()}, recent)

    def metered(self, target: Period) -> Decimal:
        """As in that month of earlier years at today's level, with a part of the latest change of pace."""
        expected = self._expected(target)
        return self._recent() if expected is None else expected * self._pace()

    def _expected(self, month: Period) -> Decimal | None:
        """The mean of the same month of earlier years, each brought to the level of the last twelve months."""
        earlier = [month.plus(-YEAR * back) for back in range(1, YEARS + 1)]
        years = [self._at_level(same) for same in earlier if same in self.volumes]
        return sum(years, ZERO) / len(years) if years else None

    def _at_level(self, month: Period) -> Decimal:
        last = self.billed[-1]
        passed = (last.year - month.year) * YEAR + last.month - month.month
        then = last.plus(-(passed // YEAR) * YEAR)
        return self.volumes[month] * _ratio(self._mean(last), self._mean(then))

    def counted(self, target: Period) -> Decimal:
        """By norm, area or people: as a year ago, moved as the newest month has moved within the year."""
        year_ago = self.volumes.get(target.plus(-YEAR))
        if year_ago is None:
            return self._recent()
        last = self.billed[-1]
        now, then = self.volumes[last], self.volumes.get(last.plus(-YEAR), ZERO)
        return year_ago * (_ratio(now, then) if now else ONE)

    def _mean(self, last: Period) -> Decimal | None:
        """The monthly mean of the year that ends there; unknown when a month of it is missing."""
        year = [self.volumes.get(month) for month in last.back(YEAR)]
        known = [volume for volume in year if volume is not None]
        return sum(known, ZERO) / YEAR if len(known) == YEAR else None

    def _pace(self) -> Decimal:
        """The last months against what was to be expected of them, damped: a part of any change is chance."""
        recent = self.billed[-PACE_MONTHS:]
        expected = sum((self._expected(month) or ZERO for month in recent), ZERO)
        used = sum((self.volumes[month] for month in recent), ZERO)
        low, high = PACE_LIMITS
        return ONE + (max(low, min(_ratio(used, expected), high)) - ONE) * PACE_WEIGHT

    def _recent(self) -> Decimal:
        recent = [self.volumes[month] for month in self.billed[-PACE_MONTHS:]]
        return sum(recent, ZERO) / len(recent)


def _settled(
    volumes: Mapping[Period, Decimal], averages: AbstractSet[Period]
) -> dict[Period, Decimal]:
    """Spread what months by the average and the reading after them came to, as other years spread such months."""
    settled = dict(volumes)
    run: list[Period] = []
    for month in sorted(volumes):
        if month in averages:
            run.append(month)
        elif run:
            _spread([*run, month], settled, volumes, averages)
            run = []
    return settled


def _spread(
    run: Sequence[Period],
    settled: dict[Period, Decimal],
    volumes: Mapping[Period, Decimal],
    averages: AbstractSet[Period],
) -> None:
    total = sum((volumes[month] for month in run), ZERO)
    shape = [_usual_volume(month, volumes, averages) for month in run]
    whole = sum(shape, ZERO)
    for month, part in zip(run, shape, strict=True):
        settled[month] = total * part / whole if whole else total / len(run)


def _usual_volume(
    month: Period, volumes: Mapping[Period, Decimal], averages: AbstractSet[Period]
) -> Decimal:
    """What the month's name came to in the years around it, by readings."""
    around = [month.plus(YEAR * step) for step in (-2, -1, 1, 2)]
    known = [volumes[near] for near in around if near in volumes and near not in averages]
    return max(sum(known, ZERO) / len(known), ZERO) if known else ZERO


def _ratio(now: Decimal | None, then: Decimal | None) -> Decimal:
    return now / then if now is not None and then else ONE
