"""Sums are held against the manuals' own figures; the provider's figure stays, whatever the formula says (XCH-09)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kabinet.billing.models import Bill, BillLine
from kabinet.providers.models import ProviderPolicy
from tests.exchange.bundles import Bundle

BILLS = (
    "account;period;kind;opening;paid;charged;adjusted;benefit;total;opening_is_net;"
    "penalty_opening;penalty_paid;penalty_charged;penalty_total"
)
LINES = (
    "account;period;kind;line;service;tariff;volume;opening;charged;adjusted;benefit;quality;paid;"
    "closing;is_penalty"
)


@pytest.fixture
def warned(take, tmp_path):
    """Import bills and lines, and give the places and sentences of the warnings."""

    def run(*, bills, lines=(), **manifest):
        bundle = Bundle(**manifest).only("services", "accounts", "bills", "bill_lines")
        bundle.replace("accounts", ";town;", ";;")
        bundle.files["bills"] = [BILLS, *(f"1001;{row}" for row in bills)]
        bundle.files["bill_lines"] = [LINES, *(f"1001;{row}" for row in lines)]
        report = take(bundle.folder(tmp_path / "b"))
        assert (report.status, report.errors) == ("imported", [])
        assert {p.code for p in report.warnings} <= {"sum_mismatch"}
        return [(p.file, p.line, p.column, p.message.partition(": ")[2]) for p in report.warnings]

    return run


def _clamp(gas, value):
    ProviderPolicy.objects.filter(provider=gas).update(clamp_negative_rows=value)


def line(period, opening, charged, paid, closing, *, adjusted="", quality=""):
    return f"{period};общая;1;gas;;;{opening};{charged};{adjusted};;{quality};{paid};{closing};"


def bill(period, opening, paid, charged, total, *, net="", penalties=";;;"):
    return f"{period};общая;{opening};{paid};{charged};;;{total};{net};{penalties}"


# Period, opening, charged, paid, closing: BIL-08 (with A's minus), BIL-11, BIL-26.
SETTLEMENTS_A = [
    ("2019-07", "-2728.07", "3319.52", "2728.07", "-3319.52"),
    ("2019-08", "-3319.52", "2580.43", "0", "-5899.95"),
    ("2019-09", "-5899.95", "-2574.90", "0", "-3325.05"),
]
HISTORY_B = [
    ("2024-04", "-2.60", "7.39", "0.00", "4.79"),
    ("2024-05", "4.79", "0.00", "1.00", "3.79"),
    ("2024-03", "-2.60", "0.00", "0.00", "-2.60"),
]


@pytest.mark.parametrize(
    ("rows", "sign"), [(SETTLEMENTS_A, "debt_negative"), (HISTORY_B, "debt_positive")]
)
def test_settlements_of_the_manuals_fit(gas, warned, rows, sign):
    _clamp(gas, value=False)
    bills = [
        bill(period, opening, paid, charged, closing)
        for period, opening, charged, paid, closing in rows
    ]

    assert warned(bills=bills, lines=[line(*row) for row in rows], sign=sign) == []
    assert BillLine.objects.count() == 3


def test_september_of_a_with_augusts_closing_is_told(gas, warned):
    """BIL-08: the manual's worked example subtracts August's charge once more."""
    _clamp(gas, value=False)
    september = ("2019-09", "-5899.95", "-2574.90", "0", "-5899.95")
    period, opening, charged, paid, closing = september

    found = warned(
        bills=[bill(period, opening, paid, charged, closing)],
        lines=[line(*september)],
        sign="debt_negative",
    )

    told = "указано 5899,95, по формуле 3325,05"
    assert found == [("bills", 2, "total", told), ("bill_lines", 2, "closing", told)]
    assert BillLine.objects.get().closing == Decimal("5899.95")


def test_breakdown_of_b_counts_what_was_removed_for_quality(gas, warned):
    """BIL-13: 4,79 opening, 1,00 paid; one rouble removed for quality would leave 2,79."""
    fits = line("2024-05", "4.79", "0.00", "1.00", "2.79", quality="1.00")
    wrong = line("2024-06", "4.79", "0.00", "1.00", "3.79", quality="1.00")
    bills = [
        bill("2024-05", "4.79", "2.00", "0.00", "2.79"),
        bill("2024-06", "4.79", "1.00", "0.00", "3.79"),
    ]

    assert warned(bills=bills, lines=[fits, wrong]) == [
        ("bill_lines", 3, "closing", "указано 3,79, по формуле 2,79")
    ]


def test_february_of_d_fits_only_as_net_of_payments(gas, warned):
    """BIL-24: 0,00 − 485,28 + 539,20 is 53,92, yet the receipt says 539,20."""
    _clamp(gas, value=False)
    february = ("0.00", "485.28", "539.20", "539.20")

    found = warned(
        bills=[bill("2018-02", *february, net="0"), bill("2018-03", *february, net="1")],
        lines=[
            line("2018-02", "0.00", "539.20", "485.28", "539.20"),
            line("2018-03", "0.00", "539.20", "485.28", "539.20"),
        ],
    )

    told = "указано 539,20, по формуле 53,92"
    assert found == [("bills", 2, "total", told), ("bill_lines", 2, "closing", told)]
    assert set(Bill.objects.values_list("total", flat=True)) == {Decimal("539.20")}


@pytest.mark.parametrize("clamp", [True, False])
def test_overpaid_penalty_row_of_d_counts_as_nothing_where_the_provider_says_so(gas, warned, clamp):
    """BIL-26: the capital-repair penalty is −14,62, and its total 0,00."""
    _clamp(gas, value=clamp)
    penalties = "-14.62;0.00;0.00;0.00"
    row = "2020-08;общая;1;gas;;;-14.62;0.00;;;;0.00;0.00;1"
    main = "2020-08;общая;2;gas;;;1248.26;1337.42;;;;1248.26;1337.42;"

    found = warned(
        bills=[bill("2020-08", "1248.26", "1248.26", "1337.42", "1337.42", penalties=penalties)],
        lines=[row, main],
    )

    told = "указано 0,00, по формуле -14,62"
    wrong = [("bills", 2, "penalty_total", told), ("bill_lines", 2, "closing", told)]
    assert found == ([] if clamp else wrong)


def test_penalties_are_summed_apart_from_the_bill(gas, warned):
    bills = [
        bill("2024-05", "0", "0", "10", "10", penalties="5.00;2.00;1.50;4.50"),
        bill("2024-06", "0", "0", "10", "10", penalties="5.00;2.00;1.50;4.00"),
    ]

    assert warned(bills=bills) == [("bills", 3, "penalty_total", "указано 4,00, по формуле 4,50")]


@pytest.mark.parametrize(
    ("charged", "told"),
    [
        ("704.12", []),
        ("704.13", []),
        ("704.11", []),
        ("704.14", [("bill_lines", 2, "charged", "указано 704,14, по формуле 704,12")]),
    ],
)
def test_charge_may_differ_from_tariff_times_volume_by_a_kopeck(gas, warned, charged, told):
    """7,11 × 99,0323 м³ = 704,1196…"""
    row = f"2024-05;общая;1;gas;7.11;99.0323;0;{charged};;;;0;{charged};"

    assert warned(bills=[bill("2024-05", "0", "0", charged, charged)], lines=[row]) == told


def test_line_left_out_stays_and_a_bill_that_no_longer_fits_is_told(gas, warned):
    """A bundle adds and updates; a bill sent again with fewer lines keeps those it has."""
    rows = [
        f"2024-05;общая;{number};gas;;;0;{charged};;;;0;{charged};"
        for number, charged in ((1, "60.00"), (2, "40.00"))
    ]
    assert warned(bills=[bill("2024-05", "0", "0", "100.00", "100.00")], lines=rows) == []

    found = warned(bills=[bill("2024-05", "0", "0", "60.00", "60.00")], lines=rows[:1])

    told = "указано 60,00, по формуле 100,00"
    assert found == [("bills", 2, "charged", told), ("bills", 2, "total", told)]
    assert sorted(BillLine.objects.values_list("line", "charged")) == [
        ("1", Decimal("60.00")),
        ("2", Decimal("40.00")),
    ]


def test_line_withdrawn_with_zeros_makes_the_bill_fit(gas, warned):
    first, second = (f"2024-05;общая;{n};gas;;;0;50.00;;;;0;50.00;" for n in (1, 2))
    warned(bills=[bill("2024-05", "0", "0", "100.00", "100.00")], lines=[first, second])

    found = warned(
        bills=[bill("2024-05", "0", "0", "50.00", "50.00")],
        lines=["2024-05;общая;2;gas;;;0;0;;;;0;0;"],
    )

    assert found == []
    assert Bill.objects.get().revision == 2
