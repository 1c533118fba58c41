"""How far forecasts of a month's charge are off on held-out months, against two naive guesses.

``python -m benchmarks.forecast [ACCOUNTS]`` makes bundles of 36 months for three seeds and forecasts each of the last
twelve months from the months before it alone. The forecast must beat "same as last month" and "same month last year",
and its range must hold what it promises. Needs no database.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median

from demo.bundle import Dialect
from demo.generator import Order, write_bundles
from demo.providers import PROVIDERS, ProviderSpec
from kabinet.billing.forecast import (
    YEAR,
    Forecast,
    ServiceHistory,
    ServiceMonth,
    forecast,
)
from kabinet.kernel.period import Period

ACCOUNTS = 300
MONTHS = 36
SEEDS = (11, 22, 33)
HELD_OUT = 12
TODAY = date(2026, 11, 20)
LEAST_COVERAGE = 0.75
ZERO = Decimal(0)


@dataclass(slots=True)
class Tally:
    """Errors as parts of what was charged, by who guessed; ``inside`` counts the ranges that held."""

    ours: list[float] = field(default_factory=list)
    last_month: list[float] = field(default_factory=list)
    last_year: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    refused: int = 0

    def merge(self, other: Tally) -> None:
        for name in ("ours", "last_month", "last_year", "inside", "widths"):
            getattr(self, name).extend(getattr(other, name))
        self.refused += other.refused


def main(accounts: int) -> int:
    started = time.perf_counter()
    whole = Tally()
    by_provider: dict[str, Tally] = defaultdict(Tally)
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            order = Order(accounts=accounts, months=MONTHS, seed=seed, today=TODAY)
            write_bundles(order, Path(folder))
            for spec in PROVIDERS:
                found = _measure(spec, Path(folder) / spec.code)
                by_provider[spec.code].merge(found)
                whole.merge(found)
    print(
        f"{'':20} {'forecast':>9} {'last month':>11} {'last year':>10} {'in range':>9} {'range ±':>8}"
    )
    for name, tally in by_provider.items():
        _print(name, tally)
    _print("all", whole)
    print(
        f"forecasts: {len(whole.ours)}, refused: {whole.refused}, {time.perf_counter() - started:.0f} s"
    )
    ours = median(whole.ours)
    beaten = ours < median(whole.last_month) and ours < median(whole.last_year)
    held = sum(whole.inside) / len(whole.inside) >= LEAST_COVERAGE
    print(f"target: beats both; range holds at least {LEAST_COVERAGE:.0%}")
    return 0 if beaten and held else 1


def _print(name: str, tally: Tally) -> None:
    held = sum(tally.inside) / len(tally.inside)
    print(
        f"{name:20} {median(tally.ours):9.1%} {median(tally.last_month):11.1%}"
        f" {median(tally.last_year):10.1%} {held:9.1%} {median(tally.widths):8.1%}"
    )


def _measure(spec: ProviderSpec, folder: Path) -> Tally:
    tally = Tally()
    target = Period.of(TODAY)
    for services in _histories(spec, folder):
        billed = sorted({month for service in services for month in service.months})
        for month in (month for month in target.back(HELD_OUT + 1) if month in billed):
            _try(services, month, tally)
    return tally


def _try(services: Sequence[ServiceHistory], month: Period, tally: Tally) -> None:
    actual, last_month, last_year = (
        _net(services, period) for period in (month, month.plus(-1), month.plus(-YEAR))
    )
    if actual <= 1 or last_month is None or last_year is None:
        return
    known = [_before(service, month) for service in services]
    guess = forecast(known, target=month)
    if not isinstance(guess, Forecast):
        tally.refused += 1
        return
    tally.ours.append(_off(guess.amount.amount, actual))
    tally.last_month.append(_off(last_month, actual))
    tally.last_year.append(_off(last_year, actual))
    tally.inside.append(guess.low.amount <= actual <= guess.high.amount)
    tally.widths.append(guess.usual_error / 100)


def _off(guess: Decimal, actual: Decimal) -> float:
    return float(abs(guess - actual) / actual)


def _net(services: Sequence[ServiceHistory], month: Period) -> Decimal | None:
    found = [service.months[month].net for service in services if month in service.months]
    return sum(found, ZERO) if found else None


def _before(service: ServiceHistory, month: Period) -> ServiceHistory:
    """The history as it stood then; tariffs are published ahead."""
    months = {period: told for period, told in service.months.items() if period < month}
    return ServiceHistory(service.service_id, service.name, months, service.prices)


def _rows(folder: Path, name: str, dialect: Dialect) -> Iterator[dict[str, str]]:
    path = folder / f"{name}.csv"
    if path.exists():
        with path.open(encoding=dialect.encoding, newline="") as file:
            yield from csv.DictReader(file, delimiter=";")


def _histories(spec: ProviderSpec, folder: Path) -> Iterator[list[ServiceHistory]]:
    """Every account of a bundle as the forecast wants it."""
    dialect = spec.dialect
    groups = {
        (row["account"], row["service"]): row["tariff_group"]
        for row in _rows(folder, "account_services", dialect)
    }
    prices = _prices(folder, dialect)
    lines: dict[str, dict[str, dict[Period, list[dict[str, str]]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for row in _rows(folder, "bill_lines", dialect):
        if row["is_penalty"] != "1":
            lines[row["account"]][row["service"]][_period(row["period"])].append(row)
    for account, services in lines.items():
        yield [
            ServiceHistory(
                number,
                service,
                {month: _month(rows, dialect) for month, rows in months.items()},
                prices.get((service, groups.get((account, service), "")))
                or prices.get((service, ""), {}),
            )
            for number, (service, months) in enumerate(services.items())
        ]


def _month(rows: Sequence[Mapping[str, str]], dialect: Dialect) -> ServiceMonth:
    def add(name: str) -> Decimal:
        return sum((_number(row[name], dialect) for row in rows), ZERO)

    charged, benefit = add("charged"), add("benefit")
    bases = {row["basis"] for row in rows}
    return ServiceMonth(
        cost=charged - benefit,
        net=charged - benefit + add("adjusted") - add("quality"),
        volume=add("volume") if any(row["volume"] for row in rows) else None,
        is_metered=bool(bases & {"meter", "average"}),
        is_average="average" in bases,
    )


def _prices(folder: Path, dialect: Dialect) -> Mapping[tuple[str, str], dict[Period, Decimal]]:
    """The mean price of a service's zones, by group and month."""
    zones: dict[tuple[str, str], dict[Period, list[Decimal]]] = defaultdict(
        lambda: defaultdict(list)
    )
    months = list(Period.of(TODAY).back(MONTHS + 2))
    for row in _rows(folder, "tariffs", dialect):
        first = _period(row["valid_from"])
        last = _period(row["valid_to"]) if row["valid_to"] else months[0]
        for month in months:
            if first <= month <= last:
                price = _number(row["price"], dialect)
                zones[row["service"], row["group"]][month].append(price)
    return {
        key: {month: sum(found, ZERO) / len(found) for month, found in by_month.items()}
        for key, by_month in zones.items()
    }


def _number(text: str, dialect: Dialect) -> Decimal:
    return Decimal(text.replace(dialect.point, ".")) if text else ZERO


def _period(text: str) -> Period:
    """Read a month, or the month of a day, in either manner of writing."""
    if "." in text:
        month, year = text.split(".")[-2:]
        return Period(int(year), int(month))
    return Period.parse(text[:7])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS))
