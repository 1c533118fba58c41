from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.metering.calculations import (
    Dial,
    Judgement,
    Known,
    Mark,
    Rules,
    Window,
    average_use,
    confirmation,
    is_valid_date,
    judge_value,
    mask_serial,
    may_have_rolled_over,
    months_between,
    parse_value,
    use_between,
)
from kabinet.metering.verdicts import Verdict

GAS = Dial(5, 0)
WATER = Dial(5, 3)
OCTOBER = date(2026, 10, 22)
TODAY = date(2026, 11, 21)
LENIENT = Rules(allow_equal=True, max_use=None, unusual_factor=5)
LAST = Known(accepted=Mark(Decimal(1899), OCTOBER), average=Decimal(142))

dials = st.builds(Dial, st.integers(1, 10), st.integers(0, 4))
days = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def values_of(dial: Dial) -> st.SearchStrategy[Decimal]:
    scale = 10**dial.decimals
    return st.integers(0, 10**dial.digits * scale - 1).map(lambda units: Decimal(units) / scale)


@pytest.mark.parametrize(
    ("text", "dial", "value"),
    [
        ("2041", GAS, Decimal(2041)),
        ("02041", GAS, Decimal(2041)),
        (" 2 041 ", GAS, Decimal(2041)),
        ("2\u00a0041", GAS, Decimal(2041)),
        ("2041,0", GAS, Decimal(2041)),
        ("2041.", GAS, Decimal(2041)),
        ("12,345", WATER, Decimal("12.345")),
        ("12.5", WATER, Decimal("12.5")),
        ("0", GAS, Decimal(0)),
    ],
)
def test_a_typed_value_is_read_with_comma_point_and_spaces(text, dial, value):
    assert parse_value(text, dial) == value


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("", Verdict.EMPTY),
        (" \u00a0 ", Verdict.EMPTY),
        ("две", Verdict.NOT_A_NUMBER),
        ("-5", Verdict.NOT_A_NUMBER),
        ("+5", Verdict.NOT_A_NUMBER),
        ("1e5", Verdict.NOT_A_NUMBER),
        ("1,2,3", Verdict.NOT_A_NUMBER),
        (",5", Verdict.NOT_A_NUMBER),
        ("٣٤", Verdict.NOT_A_NUMBER),
        ("NaN", Verdict.NOT_A_NUMBER),
        ("=1+1", Verdict.NOT_A_NUMBER),
        ("2041,5", Verdict.NOT_INTEGER),
        ("204100", Verdict.TOO_MANY_DIGITS),
        ("002041", Verdict.TOO_MANY_DIGITS),
        ("9" * 5000, Verdict.TOO_MANY_DIGITS),
    ],
)
def test_what_cannot_stand_on_the_dial_is_named(text, verdict):
    assert parse_value(text, GAS) is verdict


@given(st.data(), dials)
def test_every_value_of_a_dial_is_read_back(data, dial):
    value = data.draw(values_of(dial))

    assert parse_value(f"{value:f}", dial) == value
    assert parse_value(f"{value:f}".replace(".", ","), dial) == value


@given(st.text(max_size=20), dials)
def test_no_text_breaks_the_parser(text, dial):
    read = parse_value(text, dial)

    assert isinstance(read, Verdict) or 0 <= read < dial.capacity


@given(st.data(), dials)
def test_use_is_never_negative_and_leads_back(data, dial):
    earlier, later = data.draw(values_of(dial)), data.draw(values_of(dial))

    use = use_between(earlier, later, dial)

    assert 0 <= use < dial.capacity
    assert (earlier + use) % dial.capacity == later


def judge(value: str, known: Known = LAST, rules: Rules = LENIENT, **more) -> Judgement:
    return judge_value(Decimal(value), taken_on=TODAY, known=known, dial=GAS, rules=rules, **more)


def test_a_greater_value_is_taken_with_its_use():
    assert judge("2041") == Judgement(Verdict.OK, Decimal(142))


def test_a_first_value_is_taken_without_a_use():
    assert judge("2041", Known()) == Judgement(Verdict.OK)


def test_a_smaller_value_is_refused_without_a_question():
    assert judge("1898") == Judgement(Verdict.LESS_THAN_PREVIOUS)


def test_a_value_past_zero_is_asked_about_and_not_guessed():
    near_the_top = Known(accepted=Mark(Decimal(99950), OCTOBER))

    assert judge("40", near_the_top) == Judgement(
        Verdict.LESS_THAN_PREVIOUS, Decimal(90), asks=True
    )
    yes = frozenset({confirmation(Verdict.LESS_THAN_PREVIOUS, Decimal(40))})
    assert judge("40", near_the_top, confirmed=yes) == Judgement(Verdict.OK, Decimal(90))


@given(st.data(), dials)
def test_a_smaller_value_never_passes_unasked(data, dial):
    later = data.draw(values_of(dial))
    earlier = data.draw(values_of(dial).filter(lambda value: value > later))
    judged = judge_value(
        later,
        taken_on=TODAY,
        known=Known(accepted=Mark(earlier, OCTOBER)),
        dial=dial,
        rules=LENIENT,
    )

    assert judged.verdict is Verdict.LESS_THAN_PREVIOUS
    assert judged.asks == may_have_rolled_over(earlier, later, dial)


def test_an_equal_value_is_asked_about():
    assert judge("1899") == Judgement(Verdict.EQUAL_TO_PREVIOUS, Decimal(0), asks=True)
    yes = frozenset({confirmation(Verdict.EQUAL_TO_PREVIOUS, Decimal("1899.0"))})
    assert judge("1899", confirmed=yes) == Judgement(Verdict.OK, Decimal(0))


def test_an_equal_value_is_refused_by_a_provider_that_wants_use():
    strict = Rules(allow_equal=False, max_use=None, unusual_factor=5)
    yes = frozenset({confirmation(Verdict.EQUAL_TO_PREVIOUS, Decimal(1899))})

    assert judge("1899", rules=strict, confirmed=yes) == Judgement(
        Verdict.EQUAL_TO_PREVIOUS, Decimal(0)
    )


def test_an_unusual_use_is_asked_about_and_the_answer_belongs_to_the_value():
    limit = 1899 + 142 * 5
    assert judge(str(limit)).is_ok
    assert judge(str(limit + 1)) == Judgement(Verdict.UNUSUAL_USE, Decimal(711), asks=True)

    yes = frozenset({confirmation(Verdict.UNUSUAL_USE, Decimal(limit + 1))})
    assert judge(str(limit + 1), confirmed=yes).is_ok
    assert judge("20410", confirmed=yes).verdict is Verdict.UNUSUAL_USE


def test_skipped_months_count_before_a_use_is_called_unusual():
    half_a_year = Known(accepted=Mark(Decimal(0), date(2026, 5, 22)), average=Decimal(10))

    assert judge("300", half_a_year).is_ok
    assert judge("301", half_a_year).verdict is Verdict.UNUSUAL_USE


def test_without_an_average_nothing_is_unusual():
    assert judge("90000", Known(accepted=Mark(Decimal(0), OCTOBER))).is_ok
    assert judge("90000", Known(accepted=Mark(Decimal(0), OCTOBER), average=Decimal(0))).is_ok


def test_the_hard_limit_counts_from_the_accepted_value_by_months():
    rules = Rules(allow_equal=True, max_use=Decimal(100), unusual_factor=5)
    known = Known(
        accepted=Mark(Decimal(1000), date(2026, 9, 22)), submitted=Mark(Decimal(1190), OCTOBER)
    )

    assert judge("1200", known, rules).is_ok
    assert judge("1201", known, rules) == Judgement(Verdict.OVER_MAX_USE, Decimal(11))


def test_the_hard_limit_cannot_be_confirmed_away():
    rules = Rules(allow_equal=True, max_use=Decimal(100), unusual_factor=5)
    yes = frozenset(confirmation(verdict, Decimal(5000)) for verdict in Verdict)

    assert judge("5000", rules=rules, confirmed=yes).verdict is Verdict.OVER_MAX_USE


def test_the_base_is_the_submitted_value_when_it_is_newer():
    known = Known(
        accepted=Mark(Decimal(1800), date(2026, 9, 22)), submitted=Mark(Decimal(1899), OCTOBER)
    )

    assert judge("1850", known) == Judgement(Verdict.LESS_THAN_PREVIOUS)


@pytest.mark.parametrize(
    ("taken_on", "valid"),
    [
        (TODAY, True),
        (OCTOBER, True),
        (TODAY + timedelta(days=1), False),
        (OCTOBER - timedelta(days=1), False),
    ],
)
def test_a_day_is_neither_in_the_future_nor_before_the_last_reading(taken_on, valid):
    assert is_valid_date(taken_on, today=TODAY, known=LAST) is valid


@pytest.mark.parametrize(
    ("today", "is_open", "days_left", "days_until", "number"),
    [
        (date(2026, 11, 14), False, 11, 1, 0),
        (date(2026, 11, 15), True, 10, 0, 1),
        (date(2026, 11, 21), True, 4, 24, 7),
        (date(2026, 11, 25), True, 0, 20, 11),
        (date(2026, 11, 26), False, -1, 19, 11),
    ],
)
def test_the_window_includes_both_its_days(today, is_open, days_left, days_until, number):
    window = Window(today, 15, 25)

    assert window.is_open is is_open
    assert window.days_left == days_left
    assert window.days_until_open == days_until
    assert (window.day_number, window.length) == (number, 11)


@pytest.mark.parametrize("today", [date(2026, 2, 28), date(2028, 2, 29), date(2026, 11, 30)])
def test_day_31_is_the_last_day_of_any_month(today):
    window = Window(today, 23, 31)

    assert window.closes_on == today
    assert window.is_open


@given(days, st.integers(1, 31), st.integers(1, 31))
def test_a_window_is_open_ahead_or_behind(today, one, other):
    window = Window(today, min(one, other), max(one, other))

    assert window.opens_on <= window.closes_on
    assert window.is_open + window.is_ahead + (today > window.closes_on) == 1
    assert window.next_opens_on >= window.opens_on
    assert (window.next_opens_on - today).days >= 0


@given(days)
def test_a_whole_month_is_always_open(today):
    window = Window(today, 1, 31)

    assert window.is_open
    assert window.is_whole_month


def test_average_use_is_by_calendar_month_to_a_thousandth():
    earliest = Mark(Decimal("10.000"), date(2026, 4, 24))

    assert average_use(earliest, Mark(Decimal("22.000"), OCTOBER)) == Decimal("2.000")
    assert average_use(earliest, Mark(Decimal("20.000"), OCTOBER)) == Decimal("1.667")


def test_there_is_no_average_of_one_month_or_of_a_falling_register():
    mark = Mark(Decimal(10), OCTOBER)

    assert average_use(mark, mark) is None
    assert average_use(Mark(Decimal(10), date(2026, 10, 1)), Mark(Decimal(20), OCTOBER)) is None
    assert average_use(Mark(Decimal(11), date(2026, 4, 1)), mark) is None


@given(days, days)
def test_months_between_are_at_least_one(one, other):
    assert months_between(min(one, other), max(one, other)) >= 1


@pytest.mark.parametrize(
    ("serial", "shown"),
    [
        ("612345637", "6****37"),
        ("1234", "1****34"),
        ("123", "****"),
        ("", "****"),
    ],
)
def test_a_masked_serial_keeps_three_characters_and_hides_its_length(serial, shown):
    assert mask_serial(serial) == shown


@given(st.text(max_size=64))
def test_a_masked_serial_never_tells_more(serial):
    assert len(mask_serial(serial)) <= len("6****37")
