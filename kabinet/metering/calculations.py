"""Rules of readings: pure functions without Django."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from kabinet.kernel.period import Period
from kabinet.metering.verdicts import Verdict

# Ordinary, no-break, narrow no-break and thin spaces: people paste readings from messages.
_SPACES = re.compile("[\t\r\n \u00a0\u2009\u202f]+")
_NUMBER = re.compile(r"([0-9]+)(?:[.,]([0-9]*))?")
_THOUSANDTH = Decimal("0.001")
_MASK = "****"
_METERED_UNITS = frozenset({"м³", "кВт·ч", "Гкал"})


@dataclass(frozen=True, slots=True)
class Dial:
    """How many digits a register shows before and behind the comma."""

    digits: int
    decimals: int

    @property
    def capacity(self) -> Decimal:
        """The value at which the register starts again from zero."""
        return Decimal(10) ** self.digits


@dataclass(frozen=True, slots=True)
class Mark:
    """A value that a register showed on a day."""

    value: Decimal
    taken_on: date


@dataclass(frozen=True, slots=True)
class Known:
    """What a new value is compared with (MET-26): the last accepted and, if newer, the last submitted."""

    accepted: Mark | None = None
    submitted: Mark | None = None
    average: Decimal | None = None

    @property
    def previous(self) -> Mark | None:
        return self.submitted or self.accepted


@dataclass(frozen=True, slots=True)
class Rules:
    """A provider's limits of one meter (MET-23, 25); ``max_use`` is for one month."""

    allow_equal: bool
    max_use: Decimal | None
    unusual_factor: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """``asks``: the value is taken when the person confirms it; otherwise any verdict but OK refuses it."""

    verdict: Verdict
    use: Decimal | None = None
    asks: bool = False

    @property
    def is_ok(self) -> bool:
        return self.verdict is Verdict.OK


@dataclass(frozen=True)
class Window:
    """The days of a month in which readings are taken, both included (MET-20)."""

    today: date
    from_day: int
    to_day: int

    @cached_property
    def month(self) -> Period:
        return Period.of(self.today)

    @cached_property
    def opens_on(self) -> date:
        return self.month.day(self.from_day)

    @cached_property
    def closes_on(self) -> date:
        return self.month.day(self.to_day)

    @property
    def next_opens_on(self) -> date:
        """The first day on which a reading that is too early or too late today would be taken."""
        if self.today <= self.opens_on:
            return self.opens_on
        return self.month.plus(1).day(self.from_day)

    @property
    def is_open(self) -> bool:
        return self.opens_on <= self.today <= self.closes_on

    @property
    def is_ahead(self) -> bool:
        return self.today < self.opens_on

    @property
    def is_whole_month(self) -> bool:
        """No days are set: there is nothing to count down (MET-39)."""
        return self.opens_on.day == 1 and self.closes_on == self.month.last_day

    @property
    def days_left(self) -> int:
        return (self.closes_on - self.today).days

    @property
    def days_until_open(self) -> int:
        return (self.next_opens_on - self.today).days

    @property
    def length(self) -> int:
        return (self.closes_on - self.opens_on).days + 1

    @property
    def day_number(self) -> int:
        """Which day of the window today is, from 0 before it to ``length`` on the last day and after."""
        return max(0, min((self.today - self.opens_on).days + 1, self.length))


def digits_of(text: str) -> tuple[str, str]:
    """Give the digits before and behind the comma, without leading zeros; empty when it is not a number."""
    match = _NUMBER.fullmatch(_SPACES.sub("", text))
    return (match[1].lstrip("0"), match[2] or "") if match else ("", "")


def parse_value(text: str, dial: Dial) -> Decimal | Verdict:
    """Read a typed value; comma or point, spaces anywhere (MET-22). Leading zeros count as digits (MET-24)."""
    written = _SPACES.sub("", text)
    if not written:
        return Verdict.EMPTY
    match = _NUMBER.fullmatch(written)
    if match is None:
        return Verdict.NOT_A_NUMBER
    whole, fraction = match[1], (match[2] or "").rstrip("0")
    if len(fraction) > dial.decimals:
        return Verdict.NOT_INTEGER
    if len(whole) > dial.digits:
        return Verdict.TOO_MANY_DIGITS
    return Decimal(f"{whole}.{fraction}") if fraction else Decimal(whole)


def use_between(earlier: Decimal, later: Decimal, dial: Dial) -> Decimal:
    """Give the use between two values; a smaller later one means that the register passed zero."""
    return later - earlier if later >= earlier else later + dial.capacity - earlier


def value_by_volume(earlier: Decimal, volume: Decimal, dial: Dial) -> Decimal:
    """Give the value that a use leads to (MET-14); the register starts again from zero at its top."""
    return (earlier + volume) % dial.capacity


def may_have_rolled_over(earlier: Decimal, later: Decimal, dial: Dial) -> bool:
    """Near the top before and near zero now: worth asking, never guessed (MET-24)."""
    tenth = dial.capacity / 10
    return earlier >= dial.capacity - tenth and later < tenth


def months_between(earlier: date, later: date) -> int:
    """Count the calendar months between two days; at least one."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return max(months, 1)


def average_use(earliest: Mark, latest: Mark) -> Decimal | None:
    """Give the monthly use between two accepted values, or nothing for values of one month (MET-06)."""
    first, last = Period.of(earliest.taken_on), Period.of(latest.taken_on)
    if first >= last or latest.value < earliest.value:
        return None
    months = months_between(earliest.taken_on, latest.taken_on)
    return ((latest.value - earliest.value) / months).quantize(_THOUSANDTH, ROUND_HALF_UP)


def confirmation(verdict: Verdict, value: Decimal) -> str:
    """What a person's «yes» is tied to: this question about this value, and no other."""
    return f"{verdict}:{value.normalize():f}"


def judge_value(
    value: Decimal,
    *,
    taken_on: date,
    known: Known,
    dial: Dial,
    rules: Rules,
    confirmed: AbstractSet[str] = frozenset(),
) -> Judgement:
    """Compare a well-formed value with what is known, in the order of MET-23 … MET-26."""
    previous = known.previous
    if previous is None:
        return Judgement(Verdict.OK)
    if value < previous.value and not may_have_rolled_over(previous.value, value, dial):
        return Judgement(Verdict.LESS_THAN_PREVIOUS)

    use = use_between(previous.value, value, dial)
    if _is_over_limit(value, taken_on, known.accepted or previous, dial, rules):
        return Judgement(Verdict.OVER_MAX_USE, use)
    if not use and not rules.allow_equal:
        return Judgement(Verdict.EQUAL_TO_PREVIOUS, use)
    questions = {
        Verdict.LESS_THAN_PREVIOUS: value < previous.value,
        Verdict.EQUAL_TO_PREVIOUS: not use,
        Verdict.UNUSUAL_USE: _is_unusual(use, previous, taken_on, known.average, rules),
    }
    for verdict, arises in questions.items():
        if arises and confirmation(verdict, value) not in confirmed:
            return Judgement(verdict, use, asks=True)
    return Judgement(Verdict.OK, use)


def _is_over_limit(value: Decimal, taken_on: date, base: Mark, dial: Dial, rules: Rules) -> bool:
    """The hard limit counts from the last value accepted for charging (MET-25)."""
    if rules.max_use is None:
        return False
    months = months_between(base.taken_on, taken_on)
    return use_between(base.value, value, dial) > rules.max_use * months


def _is_unusual(
    use: Decimal, previous: Mark, taken_on: date, average: Decimal | None, rules: Rules
) -> bool:
    """The soft limit: so many times the person's own average, month for month."""
    if not average:
        return False
    months = months_between(previous.taken_on, taken_on)
    return use > average * rules.unusual_factor * months


def is_valid_date(taken_on: date, *, today: date, known: Known) -> bool:
    """Not in the future and not before the reading it is compared with (MET-14, 27)."""
    previous = known.previous
    return taken_on <= today and (previous is None or taken_on >= previous.taken_on)


def is_metered_unit(unit: str) -> bool:
    """A meter in a unit that the cabinet does not know is shown, but takes no readings (MET-02)."""
    return unit in _METERED_UNITS


def mask_serial(serial: str) -> str:
    """Keep the first and the last two characters; the number of asterisks tells nothing (MET-03)."""
    return f"{serial[0]}{_MASK}{serial[-2:]}" if len(serial) > len("123") else _MASK
