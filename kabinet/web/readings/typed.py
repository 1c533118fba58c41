"""What stands in a posted form of readings, whoever sends it."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date

from django.http import QueryDict
from django.utils.dateparse import parse_date

from kabinet.metering.operations import TypedValue
from kabinet.metering.rows import MeterRow
from kabinet.providers.queries import PolicyRow
from kabinet.web.readings import sent, sentences
from kabinet.web.readings.sent import SentForm

_REGISTER = r"(?P<meter>[0-9a-f-]{36})-(?P<zone>[A-Z0-9]{0,2})"
_FIELD = re.compile(rf"(?P<kind>[rv])-{_REGISTER}")
_FIX = re.compile(rf"r-{_REGISTER}=(?P<text>[0-9,.]+)")
FIX = "fix"
_MOST_FIXES = 2
_LONGEST_TEXT = 64
_MOST_ANSWERS = 4

Texts = Mapping[uuid.UUID, Mapping[str, "Typed"]]


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the boxes of one register; ``volume`` where the provider lets the use be typed (MET-14)."""

    text: str = ""
    volume: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.volume)


@dataclass(frozen=True, slots=True)
class TypedForm:
    """``taken_on`` is None unless the provider asks for the day and one was given."""

    values: Sequence[TypedValue]
    date_text: str
    taken_on: date | None
    date_is_wrong: bool

    @property
    def unsent(self) -> SentForm:
        """What the page shows when there is nothing that could be submitted."""
        if self.values:
            return sent.of_wrong_date(self.values, date_text=self.date_text)
        return SentForm(nothing=True, date_text=self.date_text)


def read(
    post: QueryDict,
    *,
    policy: PolicyRow,
    get_meters: Callable[[], Sequence[MeterRow]],
    only: AbstractSet[uuid.UUID] | None = None,
    date_name: str = "taken_on",
) -> TypedForm:
    """``get_meters`` is asked only where meters are ticked: an untouched one goes as its last value (MET-09).

    ``only`` names the meters of one account in a form of several accounts.
    """
    date_text = post.get(date_name, "").strip()[:_LONGEST_TEXT]
    taken_on = _taken_on(date_text) if policy.ask_reading_date else None
    texts = _typed_texts(post, only)
    if policy.tick_by_default:
        texts = _ticked(post, texts, get_meters)
    else:
        texts = {meter: zones for meter, zones in texts.items() if any(zones.values())}
    return TypedForm(
        values=[
            TypedValue(meter, zone, typed.text, _answers(post, meter, zone), typed.volume)
            for meter, zones in texts.items()
            for zone, typed in zones.items()
        ],
        date_text=date_text,
        taken_on=taken_on,
        date_is_wrong=policy.ask_reading_date and bool(date_text) and taken_on is None,
    )


def _typed_texts(post: QueryDict, only: AbstractSet[uuid.UUID] | None) -> Texts:
    """What was typed, or what the pressed correction puts in its place."""
    typed: dict[uuid.UUID, dict[str, Typed]] = defaultdict(dict)
    for name in post:
        match = _FIELD.fullmatch(name)
        meter = _uuid(match["meter"]) if match else None
        if match and meter and (only is None or meter in only):
            part = {"r": "text", "v": "volume"}[match["kind"]]
            text = post.get(name, "").strip()[:_LONGEST_TEXT]
            known = typed[meter].get(match["zone"], Typed())
            typed[meter][match["zone"]] = replace(known, **{part: text})
    for meter, zone, text in _fixes(post):
        if zone in typed.get(meter, {}):
            typed[meter][zone] = Typed(text)
    return typed


def _fixes(post: QueryDict) -> Iterator[tuple[uuid.UUID, str, str]]:
    """The registers and values named by the button that takes a correction over."""
    for part in post.get(FIX, "").split(";")[:_MOST_FIXES]:
        match = _FIX.fullmatch(part)
        meter = _uuid(match["meter"]) if match else None
        if match and meter:
            yield meter, match["zone"], match["text"][:_LONGEST_TEXT]


def _answers(post: QueryDict, meter: uuid.UUID, zone: str) -> frozenset[str]:
    """The questions about this register that the person has answered with «yes»."""
    given = post.getlist(f"c-{meter}-{zone}")[:_MOST_ANSWERS]
    return frozenset(text[:_LONGEST_TEXT] for text in given)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _taken_on(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _ticked(post: QueryDict, texts: Texts, get_meters: Callable[[], Sequence[MeterRow]]) -> Texts:
    """A ticked meter goes whether or not its value was typed; an untouched one as its last value (MET-09).

    Submission then asks whether the use is really zero.
    """
    ticked = {meter for meter in texts if f"t-{meter}" in post}
    last = {meter.public_id: _last_texts(meter) for meter in get_meters()}
    return {
        meter: zones if any(zones.values()) else last.get(meter, zones)
        for meter, zones in texts.items()
        if meter in ticked
    }


def _last_texts(meter: MeterRow) -> Mapping[str, Typed]:
    return {
        row.zone: Typed(sentences.dial_text(row.previous.value, meter) if row.previous else "")
        for row in meter.registers
    }
