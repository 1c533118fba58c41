"""Bundles of any size for the demo's providers: one account at a time, the same bytes for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from demo.books import split
from demo.bundle import BundleWriter, pack, write_manifest
from demo.history import kind_of, write_account
from demo.households import Household, draw_household
from demo.months import Timeline, make_timeline
from demo.providers import GAS_A, GAS_B, HOUSING, POWER, PROVIDERS, ProviderSpec
from demo.reference import write_reference

LARGEST = 1_000_000
# Coprime with the size of every number space below, so that no two accounts share a number.
STRIDE = 7_654_321
NUMBERS = {
    GAS_A.code: (8, 0, 10**8),
    GAS_B.code: (10, 4 * 10**9, 10**9),
    POWER.code: (8, 2 * 10**7, 7 * 10**7),
    HOUSING.code: (10, 5 * 10**9, 10**9),
}
BLOCK_PERCENT = {GAS_A.code: 35, GAS_B.code: 50, POWER.code: 72, HOUSING.code: 100}


@dataclass(frozen=True, slots=True)
class Order:
    """What to make: ``accounts`` of all the ``providers`` together; data end on ``today``."""

    accounts: int
    months: int
    seed: int
    today: date
    providers: Sequence[ProviderSpec] = PROVIDERS


@dataclass(frozen=True, slots=True)
class Made:
    """A bundle that was written, with its rows per file."""

    provider: str
    path: Path
    rows: dict[str, int]


def write_bundles(order: Order, out: Path, *, zipped: bool = False) -> list[Made]:
    """Write one bundle a provider into ``out``, each named by the provider's code."""
    shares = split(order.accounts, [spec.share for spec in order.providers])
    return [
        write_bundle(order, spec, count, out, zipped=zipped)
        for spec, count in zip(order.providers, shares, strict=True)
    ]


def write_bundle(
    order: Order, spec: ProviderSpec, count: int, out: Path, *, zipped: bool = False
) -> Made:
    """Write ``count`` accounts of one provider: the showcase first, then drawn ones."""
    from demo.showcase import write_showcase

    timeline = make_timeline(
        count=order.months, today=order.today, dialect=spec.dialect, offset=spec.offset
    )
    folder = out / spec.code
    with BundleWriter(folder, spec.dialect) as writer:
        write_reference(writer, spec, timeline)
        shown = write_showcase(writer, spec, timeline, limit=count)
        for home in _households(order, spec, timeline, count - shown):
            write_account(writer, spec, home, timeline)
    write_manifest(writer, provider=spec.code, as_of=timeline.as_of)
    return Made(spec.code, pack(folder) if zipped else folder, writer.rows)


def _households(
    order: Order, spec: ProviderSpec, timeline: Timeline, count: int
) -> Iterator[Household]:
    months = len(timeline.months)
    for index in range(count):
        rng = Random(f"{order.seed}:{spec.code}:{index}")
        home = draw_household(
            spec,
            account_number(spec, order.seed, index),
            rng,
            months=months,
            block_percent=BLOCK_PERCENT[spec.code],
        )
        home.kind = kind_of(spec, home)
        yield home


def account_number(spec: ProviderSpec, seed: int, index: int) -> str:
    """Scatter the numbers over their space, each once; the showcase's numbers have other lengths or ranges."""
    length, low, space = NUMBERS[spec.code]
    return f"{low + (index * STRIDE + seed * 1_000_003) % space:0{length}d}"
