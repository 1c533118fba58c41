"""The worked figures of the four manuals, to the kopeck (spec 04: BIL-08, 11, 13, 24, 26, 27, 38)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.billing import calculations
from kabinet.billing.calculations import BalanceWord
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period

AMOUNTS = st.decimals(-10_000_000, 10_000_000, places=2).map(Money)


def roubles(text):
    return Money(Decimal(text.replace(" ", "").replace(",", ".").replace("−", "-")))


# A: settlements (debt positive, so the manual's signs are turned round)


@pytest.mark.parametrize(
    ("month", "opening", "charged", "paid", "closing"),
    [
        ("July 2019", "2 728,07", "3 319,52", "2 728,07", "3 319,52"),
        ("August 2019", "3 319,52", "2 580,43", "0,00", "5 899,95"),
        ("September 2019", "5 899,95", "−2 574,90", "0,00", "3 325,05"),
    ],
)
def test_settlements_of_the_manual_close_as_printed(month, opening, charged, paid, closing):
    computed = calculations.closing_by_settlements(
        opening=roubles(opening),
        charged=roubles(charged),
        correction=calculations.NOTHING,
        benefit=calculations.NOTHING,
        paid=roubles(paid),
    )

    assert computed == roubles(closing), month


def test_corrections_add_and_benefits_reduce():
    computed = calculations.closing_by_settlements(
        opening=roubles("100,00"),
        charged=roubles("50,00"),
        correction=roubles("−7,50"),
        benefit=roubles("12,25"),
        paid=roubles("30,00"),
    )

    assert computed == roubles("100,25")


# B: charge history and the breakdown of a month


@pytest.mark.parametrize(
    ("month", "opening", "charged", "paid", "closing"),
    [
        ("April 2024", "−2.60", "7.39", "0.00", "4.79"),
        ("May 2024", "4.79", "0.00", "1.00", "3.79"),
        ("March 2024", "−2.60", "0.00", "0.00", "−2.60"),
        ("May 2024, heating", "0.00", "4.79", "1.00", "3.79"),
    ],
)
def test_charge_history_of_the_manual_closes_as_printed(month, opening, charged, paid, closing):
    computed = calculations.closing_by_charges(
        opening=roubles(opening),
        charged=roubles(charged),
        recalculated=calculations.NOTHING,
        quality=calculations.NOTHING,
        paid=roubles(paid),
    )

    assert computed == roubles(closing), month


# D: general information

GENERAL = [
    ("September 2019", "2 779,92", "0,00", "513,16", "3 293,08", "235,22", "3 528,30"),
    ("August 2020", "64 429,74", "7 564,61", "1 518,30", "58 383,43", "1 904,64", "60 288,07"),
]


@pytest.mark.parametrize("row", GENERAL, ids=[month for month, *_ in GENERAL])
def test_general_information_of_the_manual_adds_up(row):
    opening, paid, charged, total, preliminary, ahead = map(roubles, row[1:])
    computed = calculations.total_due(
        opening=opening, paid=paid, charged=charged, opening_is_net=False
    )
    table = calculations.general_table(
        opening=opening, paid=paid, charged=charged, total=computed, preliminary=preliminary
    )

    assert (computed, table.total_with_preliminary) == (total, ahead)


def test_february_2018_fits_only_with_an_opening_net_of_payments():
    figures = {
        "opening": roubles("0,00"),
        "paid": roubles("485,28"),
        "charged": roubles("539,20"),
    }

    assert calculations.total_due(**figures, opening_is_net=True) == roubles("539,20")
    assert calculations.total_due(**figures, opening_is_net=False) == roubles("53,92")
    assert calculations.differs(roubles("539,20"), roubles("53,92"))


def test_without_a_preliminary_charge_the_total_in_advance_is_unknown():
    table = calculations.general_table(
        opening=roubles("1,00"),
        paid=roubles("0,00"),
        charged=roubles("2,00"),
        total=roubles("3,00"),
        preliminary=None,
    )

    assert table.total_with_preliminary is None


# D: breakdown by service, August 2020

BY_SERVICE = [
    ("Содержание и ремонт", "2 633,51", "2 633,51", "2 633,51", "2 633,51"),
    ("Консьерж", "1 248,26", "1 248,26", "1 337,42", "1 337,42"),
    ("ХВС в целях содержания ОИ", "7,79", "7,79", "7,79", "7,79"),
    ("Эл/эн в целях содержания ОИ", "134,92", "134,92", "134,92", "134,92"),
    ("Взнос в фонд капремонта", "941,36", "941,36", "941,36", "941,36"),
    ("Обслуж. спец. счета", "74,62", "74,62", "74,62", "74,62"),
    ("Пеня", "−14,62", "0,00", "0,00", "0,00"),
    ("ВО при СОИ", "5,65", "5,65", "5,65", "5,65"),
]


def computed_rows(*, clamp):
    return [
        calculations.due_of_row(
            calculations.total_due(
                opening=roubles(opening),
                paid=roubles(paid),
                charged=roubles(charged),
                opening_is_net=False,
            ),
            clamp=clamp,
        )
        for _, opening, paid, charged, _ in BY_SERVICE
    ]


def test_a_negative_row_counts_as_nothing_in_the_total_due():
    assert computed_rows(clamp=True) == [roubles(due) for *_, due in BY_SERVICE]
    assert Money.total(computed_rows(clamp=True)) == roubles("5 135,27")


def test_without_clamping_the_overpayment_of_one_row_lessens_the_total():
    assert Money.total(computed_rows(clamp=False)) == roubles("5 120,65")


def test_the_columns_of_the_breakdown_add_up_as_printed():
    columns = zip(*[row[1:4] for row in BY_SERVICE], strict=True)

    assert [Money.total(map(roubles, column)) for column in columns] == [
        roubles("5 031,49"),
        roubles("5 046,11"),
        roubles("5 135,27"),
    ]


# D: tariff × volume

BY_TARIFF = [
    ("22.94", "114.8", "2 633,51"),
    ("11.65", "114.8", "1 337,42"),
    ("25.16", "0.3098", "7,79"),
    ("2.35", "57.4139", "134,92"),
    ("8.20", "114.8", "941,36"),
    ("0.65", "114.8", "74,62"),
    ("18.24", "0.3098", "5,65"),
]


@pytest.mark.parametrize(
    ("tariff", "volume", "amount"),
    [
        *BY_TARIFF,
        ("16.00", "10", "160.00"),
        ("1170.57", "0.848", "992.64"),
        ("31.31", "36.4", "1 139.68"),
        ("0.24", "10", "2.40"),
        ("0.49", "10", "4.90"),
        ("0.56", "10", "5.60"),
    ],
)
def test_a_charge_is_tariff_times_volume_rounded_to_the_kopeck(tariff, volume, amount):
    computed = calculations.charge_by_tariff(tariff=Decimal(tariff), volume=Decimal(volume))

    assert computed == roubles(amount)


def test_the_charges_of_august_2020_add_up_as_printed():
    charges = [
        calculations.charge_by_tariff(tariff=Decimal(tariff), volume=Decimal(volume))
        for tariff, volume, _ in BY_TARIFF
    ]

    assert Money.total(charges) == roubles("5 135,27")


@pytest.mark.parametrize(("given", "off"), [("7,79", False), ("7,80", False), ("7,81", True)])
def test_a_charge_is_a_mismatch_when_off_by_more_than_a_kopeck(given, off):
    mismatch = calculations.charge_differs(
        given=roubles(given), tariff=Decimal("25.16"), volume=Decimal("0.3098")
    )

    assert mismatch is off


# D: the printed receipt of March 2016

PAYEES = {
    "first": ["5 363.46", "1 535.18", "200.94", "40.80", "178.80"],
    "second": ["175.80", "6 691.56", "20 218.51", "20 722.12"],
}


def test_the_payees_of_the_printed_receipt_add_up_to_its_total():
    first, second = (Money.total(map(roubles, dues)) for dues in PAYEES.values())

    assert (first, second) == (roubles("7 319.18"), roubles("47 807.99"))
    assert first + second == roubles("55 127.17")
    assert calculations.total_due(
        opening=roubles("52 821.95"),
        paid=roubles("0.00"),
        charged=roubles("2 305.22"),
        opening_is_net=True,
    ) == roubles("55 127.17")


# words, dates, months


@pytest.mark.parametrize(
    ("due", "sign", "word", "figure"),
    [
        ("5 899,95", "negative_debt", BalanceWord.DEBT, "−5 899,95"),
        ("−2,60", "negative_debt", BalanceWord.OVERPAID, "2,60"),
        ("4,79", "positive_debt", BalanceWord.DEBT, "4,79"),
        ("−2,60", "positive_debt", BalanceWord.OVERPAID, "−2,60"),
        ("4,79", "words", BalanceWord.DEBT, "4,79"),
        ("−2,60", "words", BalanceWord.OVERPAID, "2,60"),
        ("0,00", "words", BalanceWord.NOTHING_OWED, "0,00"),
        ("0,00", "negative_debt", BalanceWord.NOTHING_OWED, "0,00"),
    ],
)
def test_a_balance_is_shown_in_the_providers_manner_and_always_with_its_word(
    due, sign, word, figure
):
    shown = calculations.show_balance(roubles(due), sign)

    assert (shown.word, shown.figure) == (word, roubles(figure))


def test_a_sum_of_nothing_known_stays_unknown():
    assert calculations.sum_known([None, None]) is None
    assert calculations.sum_known([None, roubles("1,00"), roubles("2,50")]) == roubles("3,50")


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_an_opening_net_of_payments_differs_from_a_gross_one_by_the_payments(
    opening, paid, charged
):
    gross = calculations.total_due(
        opening=opening, paid=paid, charged=charged, opening_is_net=False
    )
    net = calculations.total_due(
        opening=opening - paid, paid=paid, charged=charged, opening_is_net=True
    )

    assert gross == net


def test_a_bill_is_due_on_the_providers_day_of_the_following_month():
    assert calculations.due_date(Period(2026, 12), due_day=15) == dt.date(2027, 1, 15)


def test_data_are_stale_only_past_the_allowed_age():
    as_of = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
    limit = as_of + dt.timedelta(hours=24)

    assert not calculations.is_stale(as_of, at=limit, max_age_hours=24)
    assert calculations.is_stale(as_of, at=limit + dt.timedelta(seconds=1), max_age_hours=24)


def test_the_history_reaches_back_over_the_new_year():
    assert calculations.earliest_period(dt.date(2026, 2, 3), history_months=36) == Period(2023, 2)


def test_twelve_months_end_with_the_newest_and_leave_gaps_open():
    months = calculations.year_of_months(
        [(Period(2026, 10), roubles("5,00")), (Period(2026, 8), roubles("3,00"))]
    )

    assert len(months) == 12
    assert months[0] == (Period(2025, 11), None)
    assert months[-3:] == [
        (Period(2026, 8), roubles("3,00")),
        (Period(2026, 9), None),
        (Period(2026, 10), roubles("5,00")),
    ]
    assert calculations.year_of_months([]) == []
