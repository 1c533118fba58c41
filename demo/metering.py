"""A metering point through the months: devices, readings, and the volume each month is charged by."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from demo.bundle import Row
from demo.households import Fate, Household
from demo.months import Month, Timeline

SOURCES = ("portal", "inspector", "phone", "bank", "other")
SOURCE_WEIGHTS = (55, 12, 13, 17, 3)
MISSED_AT_MOST = 3  # facts §6.1: three periods by the average, then somebody comes
MISS_CHANCE = 0.06
UNIT = 10_000  # values are kept in ten-thousandths of the unit


@dataclass(frozen=True, slots=True)
class DeviceKind:
    """What a meter of this sort is like; ``years`` is its verification interval."""

    service: str
    model: str
    place: str
    digits: int
    years: int
    decimals: int = 0
    zones: tuple[str, ...] = ("",)
    max_use: str = ""


@dataclass(slots=True)
class MeteringPoint:
    """Counts what was used, what was read and what was charged, per register."""

    home: Household
    kind: DeviceKind
    timeline: Timeline
    serial: str
    fate: Fate
    meters: list[Row] = field(default_factory=list)
    readings: list[Row] = field(default_factory=list)
    counters: list[int] = field(default_factory=list)
    charged_to: list[int] = field(default_factory=list)
    carried: list[int] = field(default_factory=list)
    recent: list[list[int]] = field(default_factory=list)
    missed: int = 0
    turn: int = -1
    silent_from: int = 10**9

    def start(self, month_use: list[int]) -> None:
        """Set the dial as it stood before the history, and decide when fate strikes."""
        home, rng = self.home, self.home.rng
        registers = range(len(self.kind.zones))
        age = 0 if home.opened else rng.randrange(14, 60)
        self.counters = [age * month_use[i] for i in registers]
        self.charged_to = list(self.counters)
        self.carried = [0 for _ in registers]
        self.recent = [[month_use[i]] for i in registers]
        overdue = rng.randrange(1, 3)
        if self.fate is Fate.REPLACED and home.last > home.first:
            self.turn = rng.randrange(max(home.first + 1, home.last - 10), home.last + 1)
        elif self.fate in {Fate.EXPIRED, Fate.BROKEN}:
            self.silent_from = len(self.timeline.months) - overdue
        self._write_first_device(age, overdue)

    def volumes(self, index: int, month: Month, used: list[int]) -> tuple[list[int], str]:
        """Charge one month: by readings, or by the average where nobody gave one."""
        for i, use in enumerate(used):
            self.counters[i] += use
        if index == self.turn:
            self._replace(month, used)
        may_miss = index not in (self.home.first, self.home.last, self.turn)
        if index >= self.silent_from or (
            may_miss and self.missed < MISSED_AT_MOST and self.home.rng.random() < MISS_CHANCE
        ):
            self.missed += 1
            return self._by_average(), "average"
        self.missed = 0
        self._read(month, self.home.rng.randrange(15, 26), month.days[-1])
        volumes = [
            self.counters[i] - self.charged_to[i] + self.carried[i]
            for i in range(len(self.counters))
        ]
        self.charged_to = list(self.counters)
        self.carried = [0] * len(volumes)
        for i, volume in enumerate(volumes):
            self.recent[i] = [*self.recent[i][-5:], volume]
        return volumes, "meter"

    def read_open_month(self, used: list[int]) -> None:
        """Give the current month's reading, if people of this sort already have."""
        day = self.home.rng.randrange(15, 26)
        timeline = self.timeline
        if self.home.silent or self.silent_from < len(timeline.months) or day > timeline.today:
            return
        for i, use in enumerate(used):
            self.counters[i] += use * day // timeline.current.length // UNIT * UNIT
        self._read(timeline.current, day, "")

    def _by_average(self) -> list[int]:
        averages = [sum(known) // len(known) // UNIT * UNIT for known in self.recent]
        if self.kind.decimals:
            averages = [sum(known) // len(known) // 10 * 10 for known in self.recent]
        for i, average in enumerate(averages):
            self.carried[i] -= average
        return averages

    def _read(self, month: Month, day: int, accounted_on: str) -> None:
        rng = self.home.rng
        source = rng.choices(SOURCES, SOURCE_WEIGHTS)[0]
        if accounted_on and rng.random() < 0.005 and self.counters[0] > 9 * UNIT:
            low = self.counters[0] // 10 // UNIT * UNIT
            self._add(month.days[day - 5], "", (0, low), "portal", "Показание меньше предыдущего")
        for i, value in enumerate(self.counters):
            self._add(month.days[day], accounted_on, (i, value), source)

    def _add(
        self, day: str, accounted: str, register: tuple[int, int], source: str, reason: str = ""
    ) -> None:
        i, value = register
        self.readings.append(
            (
                self.home.number,
                self.serial,
                self.kind.zones[i],
                day,
                accounted,
                self.timeline.dialect.decimal(value, 4),
                source,
                "rejected" if reason else "accepted",
                reason,
                "",
            )
        )

    def _write_first_device(self, age: int, overdue: int) -> None:
        home, rng, timeline, years = self.home, self.home.rng, self.timeline, self.kind.years
        history = len(timeline.months)
        installed = -history + home.first if home.opened else -history - age
        day = rng.randrange(1, 10 if home.opened else 28)
        to_verification = {
            Fate.DUE_SOON: overdue,
            Fate.EXPIRED: -overdue,
        }.get(self.fate, max(installed + years * 12, 5))
        verified = to_verification - years * 12
        if self.fate in {Fate.DUE_SOON, Fate.EXPIRED}:
            installed = min(installed, verified)
        dates = tuple(
            timeline.shifted(step, day) for step in (installed, verified, to_verification)
        )
        self._device(dates, removed_on="")
        for i, value in enumerate(self.counters):
            self._add(dates[0], dates[0], (i, 0), "initial")
            if not home.opened:
                first_day = timeline.before.days[24]
                self._add(first_day, timeline.before.days[-1], (i, value), "inspector")

    def _device(self, dates: tuple[str, ...], removed_on: str) -> None:
        installed, verified, next_verification = dates
        kind = self.kind
        broken = self.fate is Fate.BROKEN
        self.meters.append(
            (
                self.home.number,
                self.serial,
                kind.service,
                kind.model,
                kind.place,
                kind.digits,
                kind.decimals,
                ",".join(kind.zones),
                installed,
                verified,
                next_verification,
                installed,
                removed_on,
                "Замена прибора учёта" if removed_on else "",
                kind.max_use,
                "removed" if removed_on else "broken" if broken else "active",
            )
        )

    def _replace(self, month: Month, used: list[int]) -> None:
        """Take the old device off on the 12th with its last reading; the new one starts from zero."""
        for i, use in enumerate(used):
            half = use // 2 // UNIT * UNIT
            final = self.counters[i] - half
            self._add(month.days[12], month.days[-1], (i, final), "inspector")
            self.carried[i] += final - self.charged_to[i]
            self.counters[i], self.charged_to[i] = half, 0
        old = list(self.meters.pop())
        old[12], old[13], old[15] = month.days[12], "Замена прибора учёта", "removed"
        self.meters.append(tuple(old))
        self.serial = new_serial(self.home.rng)
        dialect, years = self.timeline.dialect, self.kind.years
        dates = (
            month.days[12],
            month.days[12],
            dialect.day(month.year + years, month.month, 12),
        )
        self._device(dates, removed_on="")
        for i in range(len(used)):
            self._add(month.days[12], month.days[12], (i, 0), "initial")


def new_serial(rng: Random) -> str:
    return f"{rng.randrange(10**7, 10**8):08d}"
