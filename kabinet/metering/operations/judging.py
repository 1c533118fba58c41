"""Checking a whole form before anything of it is stored: values, zones, and slips of the hand (MET-22 … 30)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from kabinet.metering import standing
from kabinet.metering.calculations import (
    Dial,
    Judgement,
    confirmation,
    is_valid_date,
    judge_value,
    parse_value,
    value_by_volume,
)
from kabinet.metering.models import Meter
from kabinet.metering.queries import MeterNotFound
from kabinet.metering.registers import RegisterRow
from kabinet.metering.slips import Entry, Slip, SlipKind, find_slips
from kabinet.metering.verdicts import Verdict

_SWAPS = frozenset({SlipKind.SWAPPED_ZONES, SlipKind.SWAPPED_METERS})


@dataclass(frozen=True, slots=True)
class TypedValue:
    """What a person typed for one register, and the questions about it already answered with «yes».

    ``volume`` is the use since the last reading, where the form lets it be typed instead of the value (MET-14).
    """

    meter_id: uuid.UUID
    zone: str
    text: str
    confirmed: AbstractSet[str] = frozenset()
    volume: str = ""


@dataclass(frozen=True, slots=True)
class RegisterResult:
    """``asks``: the value is taken when it is sent again with a «yes» (see ``calculations.confirmation``).

    ``text`` is the value as typed, or worked out of ``volume``; ``slip`` is what it looks like.
    """

    zone: str
    text: str
    verdict: Verdict
    value: Decimal | None = None
    use: Decimal | None = None
    asks: bool = False
    slip: Slip | None = None


@dataclass(frozen=True, slots=True)
class MeterResult:
    """``stored``: every register of the meter was right and now waits for the provider (MET-08, 35)."""

    meter_id: uuid.UUID
    registers: tuple[RegisterResult, ...]

    @property
    def stored(self) -> bool:
        return all(register.verdict is Verdict.OK for register in self.registers)


@dataclass(frozen=True, slots=True)
class FilledForm:
    """What is the same for all meters of one form."""

    taken_on: date
    at: datetime
    typed: Mapping[uuid.UUID, Mapping[str, TypedValue]]
    by_guest: bool = False


@dataclass(frozen=True, slots=True)
class _Box:
    """One register of the form: what is known of it and what was typed into it."""

    meter: Meter
    register: RegisterRow
    typed: TypedValue
    by_guest: bool

    @property
    def dial(self) -> Dial:
        return Dial(self.meter.digits, self.meter.decimals)

    @property
    def key(self) -> tuple[uuid.UUID, str]:
        return (self.meter.public_id, self.register.zone)

    @property
    def is_kept(self) -> bool:
        """What a holder has given is not a guest's to replace (MET-15)."""
        return self.by_guest and self.register.is_holders

    @property
    def is_replaceable(self) -> bool:
        given = self.register.given
        allowed = self.meter.account.provider.policy.allow_resubmit
        return not self.is_kept and (given is None or (given.is_on_its_way and allowed))


def judge_form(
    meters: Sequence[Meter], registers: Mapping[int, Sequence[RegisterRow]], form: FilledForm
) -> Sequence[MeterResult]:
    """Give the result of every meter; nothing is stored yet.

    :raises MeterNotFound: a zone is typed that its meter does not have.
    """
    boxes = {meter.pk: _boxes(meter, registers[meter.pk], form) for meter in meters}
    judged: dict[int, list[RegisterResult]] = {}
    for meter in meters:
        window = standing.window_of(meter, form.at)
        obstacle = standing.find_obstacle(meter, registers[meter.pk], window=window)
        judged[meter.pk] = [_judge(box, form, obstacle) for box in boxes[meter.pk]]
    pairs = [
        pair for meter in meters for pair in zip(boxes[meter.pk], judged[meter.pk], strict=True)
    ]
    slips = find_slips([_entry(box, row, form) for box, row in pairs if _is_comparable(box, row)])
    return [
        MeterResult(
            meter.public_id,
            tuple(
                _with_slip(box, row, slips.get(box.key))
                for box, row in zip(boxes[meter.pk], judged[meter.pk], strict=True)
            ),
        )
        for meter in meters
    ]


def _boxes(meter: Meter, registers: Sequence[RegisterRow], form: FilledForm) -> Sequence[_Box]:
    typed = form.typed[meter.public_id]
    if unknown := typed.keys() - {register.zone for register in registers}:
        raise MeterNotFound(unknown)
    return [
        _Box(
            meter,
            register,
            typed.get(register.zone) or TypedValue(meter.public_id, register.zone, ""),
            form.by_guest,
        )
        for register in registers
    ]


def _judge(box: _Box, form: FilledForm, obstacle: Verdict | None) -> RegisterResult:
    text, wrong = _text_of(box)
    result = RegisterResult(box.register.zone, text, wrong or Verdict.OK)
    value = parse_value(text, box.dial)
    if not wrong and _is_repeat(box.register, value, obstacle):
        return replace(result, value=box.register.given_value)
    if obstacle is not None:
        return replace(result, verdict=obstacle)
    if wrong:
        return result
    if isinstance(value, Verdict):
        return replace(result, verdict=value)
    judged = _compare(box, value, form)
    return replace(result, verdict=judged.verdict, value=value, use=judged.use, asks=judged.asks)


def _text_of(box: _Box) -> tuple[str, Verdict | None]:
    """Give the typed value, or the one that the typed use leads to; both must say the same (MET-14)."""
    text, typed_volume, previous = box.typed.text.strip(), box.typed.volume, box.register.previous
    volume = parse_value(typed_volume, box.dial)
    if volume is Verdict.EMPTY or previous is None:
        return text, None
    if isinstance(volume, Verdict):
        return text, volume
    meant = value_by_volume(previous.value, volume, box.dial)
    if not text:
        return f"{meant:f}", None
    return text, None if parse_value(text, box.dial) == meant else Verdict.VOLUME_DIFFERS


def _is_repeat(register: RegisterRow, value: Decimal | Verdict, obstacle: Verdict | None) -> bool:
    """The same value once more is the reading that is there already; a double click stores nothing twice."""
    given = register.given
    if given is None or given.value != value:
        return False
    return obstacle is None or (obstacle is Verdict.ALREADY_ACCEPTED and given.is_on_its_way)


def _compare(box: _Box, value: Decimal, form: FilledForm) -> Judgement:
    if box.is_kept:
        return Judgement(Verdict.GIVEN_BY_HOLDER)
    if not box.is_replaceable:
        return Judgement(Verdict.ALREADY_ACCEPTED)
    today, known = standing.window_of(box.meter, form.at).today, box.register.known
    if not is_valid_date(form.taken_on, today=today, known=known):
        return Judgement(Verdict.DATE_INVALID)
    return judge_value(
        value,
        taken_on=form.taken_on,
        known=known,
        dial=box.dial,
        rules=standing.rules_of(box.meter),
        confirmed=box.typed.confirmed,
    )


def _is_comparable(box: _Box, judged: RegisterResult) -> bool:
    """A value that was looked at as a value, in a register that could take another one."""
    return box.is_replaceable and (
        judged.value is not None or judged.verdict is Verdict.TOO_MANY_DIGITS
    )


def _entry(box: _Box, judged: RegisterResult, form: FilledForm) -> Entry:
    return Entry(
        key=box.key,
        text=judged.text,
        value=judged.value,
        verdict=judged.verdict,
        dial=box.dial,
        known=box.register.known,
        rules=standing.rules_of(box.meter),
        taken_on=form.taken_on,
    )


def _with_slip(box: _Box, judged: RegisterResult, slip: Slip | None) -> RegisterResult:
    """A value that seems to belong into another register is held back too, until the person says «yes»."""
    if slip is None:
        return judged
    if judged.verdict is not Verdict.OK:
        return replace(judged, slip=slip)
    if slip.kind not in _SWAPS or judged.value is None or judged.value == box.register.given_value:
        return judged
    if confirmation(Verdict.SWAPPED_VALUES, judged.value) in box.typed.confirmed:
        return judged
    return replace(judged, verdict=Verdict.SWAPPED_VALUES, asks=True, slip=slip)
