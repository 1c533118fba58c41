"""Slips of the hand are named only where the value is odd, and what is offered instead is ordinary."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.metering.calculations import Dial, Known, Mark, Rules, judge_value, parse_value
from kabinet.metering.slips import LOOKED_AT, Entry, Fix, Slip, SlipKind, find_slips
from kabinet.metering.verdicts import Verdict

OCTOBER, TODAY = dt.date(2026, 10, 22), dt.date(2026, 11, 21)
RULES = Rules(allow_equal=True, max_use=None, unusual_factor=5)
FIVE = Dial(5, 0)


def entry(text, *, previous, average, dial=FIVE, key=("meter", ""), rules=RULES):
    """A typed register, judged as submission judges it."""
    known = Known(
        accepted=None if previous is None else Mark(Decimal(previous), OCTOBER),
        average=None if average is None else Decimal(average),
    )
    value = parse_value(text, dial)
    verdict = value
    if isinstance(value, Decimal):
        verdict = judge_value(value, taken_on=TODAY, known=known, dial=dial, rules=rules).verdict
    return Entry(
        key=key,
        text=text,
        value=value if isinstance(value, Decimal) else None,
        verdict=verdict,
        dial=dial,
        known=known,
        rules=rules,
        taken_on=TODAY,
    )


def slip_of(text, **facts):
    typed = entry(text, **facts)
    return find_slips([typed]).get(typed.key)


@pytest.mark.parametrize(
    ("text", "previous", "average", "kind", "meant"),
    [
        ("18999", 1890, 10, SlipKind.EXTRA_DIGIT, 1899),
        ("204100", 1899, 142, SlipKind.FRACTION, 2041),
        ("0204199", 1899, 142, SlipKind.FRACTION, 2041),
        ("9108", 19070, 20, SlipKind.MISSING_DIGIT, 19108),
        ("21405", 12400, 50, SlipKind.SWAPPED_DIGITS, 12405),
    ],
)
def test_a_slip_of_digits_is_named_with_what_was_meant(text, previous, average, kind, meant):
    slip = slip_of(text, previous=previous, average=average)

    assert slip == Slip(kind, (Fix(("meter", ""), Decimal(meant)),))


@pytest.mark.parametrize(
    ("text", "previous", "average", "kind"),
    [
        ("1904", 18999, 40, SlipKind.MISSING_DIGIT),
        ("2451", 24001, 700, SlipKind.MISSING_DIGIT),
        ("19108", 1890, 20, SlipKind.EXTRA_DIGIT),
    ],
)
def test_where_several_values_could_be_meant_only_the_slip_is_named(text, previous, average, kind):
    assert slip_of(text, previous=previous, average=average) == Slip(kind)


def test_a_comma_left_out_is_named():
    dial = Dial(5, 3)

    slip = slip_of("00123456", previous="120.100", average="3.2", dial=dial)

    assert slip == Slip(SlipKind.FRACTION, (Fix(("meter", ""), Decimal("123.456")),))


@pytest.mark.parametrize(
    ("text", "previous", "average"),
    [
        ("2041", 1899, 142),
        ("1899", 1899, 142),
        ("abc", 1899, 142),
        ("", 1899, 142),
        ("2041", None, None),
        ("15000", 1899, None),
        ("1000", 1899, None),
        ("40", 99950, 50),
        ("77777", 1899, 10),
    ],
)
def test_nothing_is_said_of_ordinary_values_and_of_riddles(text, previous, average):
    assert slip_of(text, previous=previous, average=average) is None


def test_near_the_top_the_turned_dial_is_asked_about_and_no_slip_is_guessed():
    assert slip_of("40", previous=99950, average=60) is None
    assert slip_of("9999", previous=99950, average=20) == Slip(SlipKind.MISSING_DIGIT)


def test_zones_that_changed_places_are_put_back():
    day = entry("2050", previous=5000, average=100, key=("meter", "T1"))
    night = entry("5100", previous=2000, average=50, key=("meter", "T2"))

    slips = find_slips([day, night])

    slip = Slip(
        SlipKind.SWAPPED_ZONES,
        (Fix(("meter", "T1"), Decimal(5100)), Fix(("meter", "T2"), Decimal(2050))),
    )
    assert slips == {day.key: slip, night.key: slip}


def test_meters_that_changed_places_are_put_back_even_without_an_average():
    cold = entry("150", previous=5000, average=None, key=("cold", ""))
    hot = entry("5010", previous=140, average=None, key=("hot", ""))
    assert hot.verdict is Verdict.OK

    slips = find_slips([cold, hot])

    assert set(slips) == {cold.key, hot.key}
    assert slips[hot.key].kind is SlipKind.SWAPPED_METERS


def test_with_two_meters_to_change_places_with_none_is_guessed():
    odd = entry("150", previous=5000, average=None, key=("cold", ""))
    others = [
        entry(text, previous=140, average=None, key=(name, ""))
        for name, text in (("hot", "5010"), ("second", "5020"))
    ]

    assert find_slips([odd, *others]) == {}


def test_meters_of_other_dials_do_not_change_places():
    water = entry("150", previous=5000, average=None, key=("water", ""), dial=Dial(5, 3))
    gas = entry("5010", previous=140, average=None, key=("gas", ""))

    assert find_slips([water, gas]) == {}


values = st.integers(0, 99_999)
averages = st.one_of(st.none(), st.integers(0, 3_000))
factors = st.integers(1, 10)


@given(st.lists(st.tuples(values, values, averages, factors), min_size=1, max_size=4))
def test_what_is_offered_is_always_ordinary_and_only_for_odd_values(forms):
    entries = [
        entry(
            str(value),
            previous=previous,
            average=average,
            key=(number, ""),
            rules=Rules(allow_equal=True, max_use=None, unusual_factor=factor),
        )
        for number, (value, previous, average, factor) in enumerate(forms)
    ]
    by_key = {row.key: row for row in entries}

    slips = find_slips(entries)

    for key, slip in slips.items():
        named = [by_key[key], *(by_key[fix.key] for fix in slip.fixes)]
        assert any(row.verdict in LOOKED_AT for row in named)
        for fix in slip.fixes:
            judged = by_key[fix.key]
            after = entry(
                str(fix.value),
                previous=judged.known.accepted.value,
                average=judged.known.average,
                rules=judged.rules,
            )
            assert after.verdict is Verdict.OK
            assert fix.value != judged.value


@given(values, st.integers(0, 400), averages)
def test_nothing_is_offered_for_an_ordinary_value(previous, use, average):
    typed = entry(str(previous + use), previous=previous, average=average)

    if typed.verdict in {Verdict.OK, Verdict.EQUAL_TO_PREVIOUS}:
        assert find_slips([typed]) == {}


@given(st.integers(100, 90_000), st.integers(1, 9), st.integers(0, 4), st.integers(5, 90))
def test_one_extra_digit_is_never_mended_into_another_value_than_an_ordinary_one(
    previous, digit, place, average
):
    meant = str(previous + average)
    typed = meant[:place] + str(digit) + meant[place:]

    slip = slip_of(typed, previous=previous, average=average)

    for fix in slip.fixes if slip else ():
        assert previous < fix.value <= previous + 2 * average
