"""Why a sum changed: whatever came in, the parts add up to the kopeck, and each is named for what it is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kabinet.billing.causes import Factor, Piece, Reason, is_recalculation
from kabinet.billing.enums import VolumeBasis
from kabinet.billing.explanations import DueStory, explain
from kabinet.kernel.money import Money

OCTOBER = dt.date(2026, 10, 1)


def rub(text):
    return Money(Decimal(text))


def gas(charged, volume=None, tariff=None, **more):
    return Piece(
        service="Газ",
        kind="gas",
        charged=rub(charged),
        volume=None if volume is None else Decimal(volume),
        tariff=None if tariff is None else Decimal(tariff),
        unit="м³",
        basis=more.pop("basis", "meter"),
        **more,
    )


def told(before, after):
    """The parts as (factor, amount) pairs."""
    return [(part.factor, part.amount.amount) for part in explain(before, after).parts]


def by_factor(before, after):
    parts = explain(before, after).parts
    assert len({part.factor for part in parts}) == len(parts)
    return {part.factor: part for part in parts}


amounts = st.decimals(-9999, 9999, places=2).map(Money)
some = st.none() | st.decimals(-500, 500, places=4)
pieces = st.lists(
    st.builds(
        Piece,
        service=st.sampled_from(["Газ", "Вода", "Отопление", ""]),
        kind=st.sampled_from(["gas", "heat"]),
        strand=st.sampled_from(["", "T1", "T2"]),
        is_penalty=st.booleans(),
        is_recalculation=st.booleans(),
        charged=amounts,
        adjusted=amounts,
        benefit=amounts,
        quality=amounts,
        volume=some,
        tariff=st.none() | st.decimals(0, 3000, places=6),
        unit=st.sampled_from(["м³", "Гкал", ""]),
        basis=st.sampled_from([*VolumeBasis.values, ""]),
        norm=st.sampled_from(["", "13 м³/чел.", "0,02 Гкал/м²"]),
    ),
    max_size=8,
)


@settings(max_examples=400)
@given(pieces, pieces)
def test_the_parts_add_up_whatever_the_rows_say(before, after):
    explanation = explain(before, after)
    change = Money.total(p.net for p in after) - Money.total(p.net for p in before)

    assert explanation.change == change
    assert Money.total(part.amount for part in explanation.parts) == change
    for row in explanation.services:
        assert Money.total(part.amount for part in row.parts) == row.change
    assert explanation.of(*Factor) == change


@given(pieces)
def test_a_month_beside_itself_needs_no_words(rows):
    assert explain(rows, rows).parts == ()


def test_more_use_at_a_higher_price_is_split_by_the_rule():
    before, after = [gas("596.84", 86, "6.94")], [gas("906.00", 120, "7.55")]

    parts = by_factor(before, after)

    assert {factor: part.amount for factor, part in parts.items()} == {
        Factor.USE: rub("235.96"),  # 34 × 6,94
        Factor.PRICE: rub("73.20"),  # 120 × 0,61
    }
    assert parts[Factor.USE].volumes == (Decimal(86), Decimal(120))
    assert parts[Factor.PRICE].prices == ((Decimal("6.94"), Decimal("7.55")),)


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        (("3.33", 1, "3.3333"), ("10.01", 3, "3.3333"), [(Factor.USE, "6.68")]),
        (("33.33", 10, "3.3333"), ("34.45", 10, "3.4444"), [(Factor.PRICE, "1.12")]),
        # The larger effect takes it: 2 × 3,3333 against 12 × 0,1111, and the other way round.
        (
            ("33.33", 10, "3.3333"),
            ("41.34", 12, "3.4444"),
            [(Factor.USE, "6.68"), (Factor.PRICE, "1.33")],
        ),
        (
            ("33.33", 10, "3.3333"),
            ("85.09", 11, "7.7350"),
            [(Factor.PRICE, "48.43"), (Factor.USE, "3.33")],
        ),
    ],
)
def test_a_kopeck_lost_in_rounding_goes_with_the_larger_effect(before, after, parts):
    assert told([gas(*before)], [gas(*after)]) == [
        (factor, Decimal(amount)) for factor, amount in parts
    ]


def test_a_kopeck_with_nothing_to_go_with_is_told_as_rounding():
    parts = by_factor([gas("3.33", 1, "3.3333")], [gas("3.34", 1, "3.3333")])

    assert [*parts] == [Factor.OTHER]
    assert parts[Factor.OTHER].amount == rub("0.01")
    assert parts[Factor.OTHER].reason is Reason.ROUNDING


def test_a_charge_that_is_not_tariff_by_volume_says_so():
    parts = by_factor([gas("100.00", 10, "10")], [gas("150.00", 10, "10")])

    assert [*parts] == [Factor.OTHER]
    assert parts[Factor.OTHER].reason is Reason.NOT_BY_FORMULA


@pytest.mark.parametrize(
    ("before", "after", "factor"),
    [
        ({"basis": "area"}, {"basis": "area"}, Factor.AREA),
        ({"basis": "heads"}, {"basis": "heads"}, Factor.HEADS),
        ({"basis": "meter"}, {"basis": "norm"}, Factor.BASIS),
        ({"basis": "average"}, {"basis": "meter"}, Factor.BASIS),
        ({"basis": "norm", "norm": "0,01"}, {"basis": "norm", "norm": "0,02"}, Factor.NORM),
        (
            {"basis": "norm", "norm": "13 м³/чел."},
            {"basis": "norm", "norm": "13 м³/чел."},
            Factor.HEADS,
        ),
        (
            {"basis": "norm", "norm": "0,02 Гкал/м²"},
            {"basis": "norm", "norm": "0,02 Гкал/м²"},
            Factor.AREA,
        ),
        ({"basis": "other"}, {"basis": "other"}, Factor.USE),
    ],
)
def test_another_volume_is_named_by_what_it_was_counted_by(before, after, factor):
    assert told([gas("20.00", 10, 2, **before)], [gas("30.00", 15, 2, **after)]) == [
        (factor, Decimal("10.00"))
    ]


def test_days_are_named_where_the_unit_is_a_day():
    before, after = (
        Piece(
            service="Вывоз",
            charged=rub(c),
            volume=Decimal(v),
            tariff=Decimal(2),
            unit="дн.",
            basis="other",
        )
        for c, v in (("60.00", 30), ("62.00", 31))
    )

    assert told([before], [after]) == [(Factor.DAYS, Decimal("2.00"))]


def test_zones_are_compared_each_with_itself():
    before = [gas("500.00", 100, 5, strand="T1"), gas("100.00", 50, 2, strand="T2")]
    after = [gas("450.00", 90, 5, strand="T1"), gas("140.00", 70, 2, strand="T2")]

    parts = by_factor(before, after)

    assert [*parts] == [Factor.USE]
    assert parts[Factor.USE].amount == rub("-10.00")
    assert parts[Factor.USE].volumes == (Decimal(150), Decimal(160))


def test_a_meter_that_got_zones_is_compared_as_a_whole():
    before = [gas("500.00", 100, 5)]
    after = [gas("300.00", 60, 5, strand="T1"), gas("80.00", 40, 2, strand="T2")]

    parts = by_factor(before, after)

    assert [*parts] == [Factor.PRICE]
    assert parts[Factor.PRICE].amount == rub("-120.00")
    assert parts[Factor.PRICE].prices == ()


def test_a_tariff_that_changed_inside_the_month_counts_by_its_average():
    before = [gas("700.00", 100, 7)]
    after = [gas("350.00", 50, 7), gas("400.00", 50, 8)]

    assert told(before, after) == [(Factor.PRICE, Decimal("50.00"))]


def test_a_row_without_a_tariff_is_not_guessed_at():
    parts = by_factor([gas("100.00", 10)], [gas("130.00", 13)])

    assert [*parts] == [Factor.OTHER]
    assert parts[Factor.OTHER].reason is Reason.NO_FIGURES


def test_a_fixed_fee_without_a_volume_is_one_of_it():
    assert told([gas("58.90", None, "58.90")], [gas("64.20", None, "64.20")]) == [
        (Factor.PRICE, Decimal("5.30"))
    ]


def test_volumes_in_other_units_are_not_compared():
    after = Piece(
        service="Газ", charged=rub("30.00"), volume=Decimal(1), tariff=Decimal(30), unit="Гкал"
    )
    parts = by_factor([gas("20.00", 10, 2)], [after])

    assert parts[Factor.OTHER].reason is Reason.OTHER_UNIT


def test_a_volume_taken_back_makes_a_negative_charge_and_still_adds_up():
    assert told([gas("70.00", 10, 7)], [gas("-21.00", -3, 7)]) == [(Factor.USE, Decimal("-91.00"))]


def test_no_use_at_all_is_less_use_and_not_a_service_gone():
    assert told([gas("70.00", 10, 7)], [gas("0.00", 0, 7)]) == [(Factor.USE, Decimal("-70.00"))]


def test_services_that_come_and_go_are_told_whole():
    heat = Piece(service="Отопление", charged=rub("1962.76"), volume=Decimal(1), tariff=Decimal(9))
    silent = Piece(service="Отопление", charged=rub("0.00"))

    assert told([gas("7.00", 1, 7)], [gas("7.00", 1, 7), heat]) == [
        (Factor.APPEARED, Decimal("1962.76"))
    ]
    assert told([heat], [silent]) == [(Factor.DISAPPEARED, Decimal("-1962.76"))]


def test_what_stands_beside_the_charge_is_told_apart():
    before = [gas("100.00", 10, 10, benefit=rub("50.00"))]
    after = [
        gas("100.00", 10, 10, adjusted=rub("-30.00"), quality=rub("7.00")),
        gas("4.00", is_recalculation=True),
        Piece(service="Газ", charged=rub("12.30"), is_penalty=True),
    ]

    parts = {part.factor: part.amount for part in explain(before, after).parts}

    assert parts == {
        Factor.BENEFIT: rub("50.00"),
        Factor.RECALCULATION: rub("-26.00"),
        Factor.QUALITY: rub("-7.00"),
        Factor.PENALTY: rub("12.30"),
    }


def test_a_month_without_lines_is_compared_as_a_whole():
    whole = [Piece(service="", charged=rub("90.00"), benefit=rub("10.00"))]
    parts = by_factor(whole, [gas("100.00", 10, 10, benefit=rub("15.00"))])

    assert parts[Factor.OTHER].amount == rub("10.00")
    assert parts[Factor.OTHER].reason is Reason.NO_LINES
    assert parts[Factor.BENEFIT].amount == rub("-5.00")


def test_a_bill_that_says_more_than_its_lines_is_told_as_a_mismatch():
    extra = Piece(service="", charged=rub("3.00"))
    parts = by_factor([gas("100.00", 10, 10)], [gas("100.00", 10, 10), extra])

    assert parts[Factor.OTHER].reason is Reason.OUTSIDE_LINES
    assert parts[Factor.OTHER].amount == rub("3.00")


@pytest.mark.parametrize(
    ("operation", "calc_period", "expected"),
    [
        ("начисление", OCTOBER, False),
        ("начисление", None, False),
        ("начисление", dt.date(2026, 9, 1), True),
        ("Перерасчёт по акту", OCTOBER, True),
        ("корректировка по ОДПУ", None, True),
        ("сторно", None, True),
    ],
)
def test_a_row_about_another_month_is_a_recalculation(operation, calc_period, expected):
    assert is_recalculation(operation, calc_period=calc_period, period=OCTOBER) is expected


def test_a_due_is_told_from_its_opening_to_its_end():
    story = DueStory(opening=rub("100"), accrued=rub("250"), paid=rub("90"), total=rub("260"))
    net = DueStory(opening=rub("10"), accrued=rub("250"), paid=None, total=rub("265"))

    assert story.other == rub("0")
    assert net.other == rub("5")
