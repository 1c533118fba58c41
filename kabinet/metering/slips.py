"""Which slip of the hand an odd reading looks like, and what was meant: pure functions without Django.

A slip is named only for a value that is refused or asked about, and only when what was meant would be ordinary: a
use above zero and not above twice the person's own. When two different corrections are as likely, none is offered.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from kabinet.metering.calculations import (
    Dial,
    Known,
    Rules,
    digits_of,
    judge_value,
    months_between,
)
from kabinet.metering.verdicts import Verdict

Key = tuple[Hashable, str]

ORDINARY_TIMES = 2
MOST_RED_DIGITS = 3
LOOKED_AT = frozenset(
    {
        Verdict.LESS_THAN_PREVIOUS,
        Verdict.UNUSUAL_USE,
        Verdict.OVER_MAX_USE,
        Verdict.TOO_MANY_DIGITS,
    }
)


class SlipKind(StrEnum):
    EXTRA_DIGIT = "extra_digit"
    MISSING_DIGIT = "missing_digit"
    SWAPPED_DIGITS = "swapped_digits"
    FRACTION = "fraction"
    SWAPPED_ZONES = "swapped_zones"
    SWAPPED_METERS = "swapped_meters"


@dataclass(frozen=True, slots=True)
class Fix:
    """Put this value into this register."""

    key: Key
    value: Decimal


@dataclass(frozen=True, slots=True)
class Slip:
    """No ``fixes``: the kind is plain, but several values could have been meant."""

    kind: SlipKind
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One typed register as it was judged; ``value`` is None when the text is no value of this dial."""

    key: Key
    text: str
    value: Decimal | None
    verdict: Verdict
    dial: Dial
    known: Known
    rules: Rules
    taken_on: date

    @property
    def is_odd(self) -> bool:
        return self.verdict in LOOKED_AT

    def takes(self, value: Decimal, *, needs_average: bool = False) -> bool:
        """This value would be ordinary here: nothing to refuse, nothing to ask."""
        previous, average = self.known.previous, self.known.average
        if previous is None or value >= self.dial.capacity or value <= previous.value:
            return False
        judged = judge_value(
            value, taken_on=self.taken_on, known=self.known, dial=self.dial, rules=self.rules
        )
        if not judged.is_ok:
            return False
        if not average:
            return not needs_average
        months = months_between(previous.taken_on, self.taken_on)
        return value - previous.value <= ORDINARY_TIMES * average * months


def find_slips(entries: Sequence[Entry]) -> Mapping[Key, Slip]:
    """Name the slips of one form, by register; registers swapped with an odd one are among them."""
    odd = [entry for entry in entries if entry.is_odd and not _turned_over(entry)]
    found: dict[Key, Slip] = {}
    for entry in odd:
        if entry.key in found:
            continue
        slip = _swap_of(entry, entries) or _slip_of_digits(entry)
        if slip:
            found.setdefault(entry.key, slip)
            for fix in slip.fixes:
                found.setdefault(fix.key, slip)
    return found


def _turned_over(entry: Entry) -> bool:
    """The dial has passed zero with an ordinary use: that question stands, no slip is looked for (MET-24)."""
    previous, average, value = entry.known.previous, entry.known.average, entry.value
    if previous is None or value is None or not average or value >= previous.value:
        return False
    months = months_between(previous.taken_on, entry.taken_on)
    return value + entry.dial.capacity - previous.value <= ORDINARY_TIMES * average * months


def _swap_of(entry: Entry, entries: Sequence[Entry]) -> Slip | None:
    """The one other register of the form with which this one changes places; zones of the meter go first."""
    others = [other for other in entries if other.key != entry.key and _fits_swapped(entry, other)]
    zones = [other for other in others if other.key[0] == entry.key[0]]
    meters = [other for other in others if other.key[0] != entry.key[0]]
    for kind, candidates in ((SlipKind.SWAPPED_ZONES, zones), (SlipKind.SWAPPED_METERS, meters)):
        if len(candidates) == 1:
            (other,) = candidates
            if other.value is not None and entry.value is not None:
                return Slip(kind, (Fix(entry.key, other.value), Fix(other.key, entry.value)))
    return None


def _fits_swapped(one: Entry, other: Entry) -> bool:
    if one.value is None or other.value is None or one.value == other.value:
        return False
    if one.dial.decimals != other.dial.decimals:
        return False
    return one.takes(other.value) and other.takes(one.value)


def _slip_of_digits(entry: Entry) -> Slip | None:
    meant = [
        (kind, value)
        for kind, value in _corrections(entry)
        if entry.takes(value, needs_average=True)
    ]
    values = {value for _kind, value in meant}
    if len(values) == 1:
        kind, value = meant[0]
        return Slip(kind, (Fix(entry.key, value),))
    kinds = {kind for kind, _value in meant}
    return Slip(kinds.pop()) if len(kinds) == 1 else None


def _corrections(entry: Entry) -> Iterator[tuple[SlipKind, Decimal]]:
    """Every value that one slip would have turned into what was typed."""
    whole, fraction = digits_of(entry.text)
    if not whole:
        return
    tail = Decimal(f"0.{fraction}") if fraction else Decimal(0)
    for kind, digits in _edits(whole, entry.verdict):
        yield kind, Decimal(digits or 0) + tail
    if not fraction:
        yield from _without_comma(whole, entry.dial)


def _edits(whole: str, verdict: Verdict) -> Iterator[tuple[SlipKind, str]]:
    for place in range(len(whole)):
        yield SlipKind.EXTRA_DIGIT, whole[:place] + whole[place + 1 :]
    if verdict is Verdict.TOO_MANY_DIGITS:
        return
    for place, (one, other) in enumerate(pairwise(whole)):
        yield SlipKind.SWAPPED_DIGITS, whole[:place] + other + one + whole[place + 2 :]
    for place in range(len(whole) + 1):
        for digit in "0123456789":
            yield SlipKind.MISSING_DIGIT, whole[:place] + digit + whole[place:]


def _without_comma(whole: str, dial: Dial) -> Iterator[tuple[SlipKind, Decimal]]:
    """The red digits typed together with the black ones: «01899234» for 01899,234."""
    counts = [dial.decimals] if dial.decimals else range(2, MOST_RED_DIGITS + 1)
    for count in counts:
        if len(whole) > count:
            head, tail = whole[:-count], whole[-count:]
            yield SlipKind.FRACTION, Decimal(f"{head}.{tail}" if dial.decimals else head)
