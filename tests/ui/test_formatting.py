from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.ui import formatting
from kabinet.ui.formatting import MINUS, NBSP

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=2)
volumes = st.decimals(min_value=-(10**10), max_value=10**10, places=4)


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("1243.56", "1 243,56 ₽"),
        ("0", "0,00 ₽"),
        ("-0.00", "0,00 ₽"),
        ("-18.4", "−18,40 ₽"),
        ("999", "999,00 ₽"),
        ("1000", "1 000,00 ₽"),
        ("-12345678.9", "−12 345 678,90 ₽"),
        ("0.005", "0,01 ₽"),
    ],
)
def test_money_is_written_as_people_write_it(amount, written):
    assert formatting.money(Decimal(amount)) == written.replace(" ", NBSP)


def test_money_of_the_type_and_of_a_number_read_the_same():
    assert formatting.money(Money(Decimal("5.00"))) == formatting.money(5) == f"5,00{NBSP}₽"


@given(amounts)
def test_written_money_reads_back_as_the_same_sum(amount):
    written = formatting.money(amount).removesuffix(f"{NBSP}₽")

    plain = written.replace(NBSP, "").replace(",", ".").replace(MINUS, "-")
    assert Decimal(plain) == amount


@given(amounts)
def test_money_never_breaks_across_lines_and_is_grouped_by_three(amount):
    written = formatting.money(amount)

    assert " " not in written
    assert "-" not in written
    groups = written.removeprefix(MINUS).split(",")[0].split(NBSP)
    assert 1 <= len(groups[0]) <= 3
    assert all(len(group) == 3 for group in groups[1:])


@given(amounts)
def test_a_sign_is_said_for_everything_but_nothing(amount):
    written = formatting.signed_money(amount)

    assert written[0] == ("+" if amount > 0 else MINUS if amount < 0 else "0")


def test_a_sum_that_rounds_to_nothing_has_no_plus():
    assert formatting.signed_money(Decimal("0.004")) == f"0,00{NBSP}₽"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("142.5000", "142,5"),
        ("1423.0000", "1 423"),
        ("0.0001", "0,0001"),
        ("0", "0"),
        ("-0.0", "0"),
        ("100", "100"),
        ("-465", "−465"),
    ],
)
def test_numbers_drop_the_zeros_that_say_nothing(value, written):
    assert formatting.number(Decimal(value)) == written.replace(" ", NBSP)


@given(volumes)
def test_a_written_volume_reads_back_as_the_same(value):
    plain = formatting.number(value).replace(NBSP, "").replace(",", ".").replace(MINUS, "-")

    assert Decimal(plain) == value


def test_a_volume_stays_with_its_unit():
    assert formatting.volume(Decimal("27.0000"), "м³") == f"27{NBSP}м³"
    assert formatting.volume(Decimal(27)) == "27"


def test_dates_are_said_in_words():
    day = date(2026, 11, 5)

    assert formatting.day(day) == f"5{NBSP}ноября"
    assert formatting.day_year(day) == f"5{NBSP}ноября 2026"
    assert formatting.short_date(day) == "05.11.2026"
    assert formatting.month(day) == formatting.month(Period(2026, 11)) == "ноябрь 2026"
    assert formatting.month_name(Period(2026, 5)) == "май"
    assert formatting.month_in(Period(2026, 10)) == "октябре"
    assert formatting.month_of(Period(2026, 10)) == "октября 2026"


@pytest.mark.parametrize(
    ("value", "text"),
    [("8.1", "8,10"), ("5.53253", "5,53253"), ("1170.57", "1\u00a0170,57"), ("2E+1", "20,00")],
)
def test_a_price_has_its_kopecks_and_every_further_decimal(value, text):
    assert formatting.price(Decimal(value)) == text


def test_a_year_before_the_thousandth_keeps_its_four_digits():
    assert formatting.short_date(date(987, 1, 2)) == "02.01.0987"


def test_a_moment_is_told_in_the_zone_of_the_place():
    at = datetime(2026, 11, 21, 22, 42, tzinfo=UTC)

    assert formatting.moment(at, ZoneInfo("Europe/Moscow")) == f"22{NBSP}ноября, 01:42"
    assert formatting.moment(at, ZoneInfo("UTC")) == f"21{NBSP}ноября, 22:42"


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (0, "0 дней"),
        (1, "1 день"),
        (2, "2 дня"),
        (4, "4 дня"),
        (5, "5 дней"),
        (11, "11 дней"),
        (12, "12 дней"),
        (14, "14 дней"),
        (21, "21 день"),
        (22, "22 дня"),
        (111, "111 дней"),
        (1001, "1 001 день"),
    ],
)
def test_plurals_are_right(count, written):
    assert formatting.plural(count, "день,дня,дней") == written.replace(" ", NBSP)


@given(st.integers(min_value=0, max_value=10**9))
def test_the_word_depends_on_the_last_two_digits_only(count):
    assert formatting.plural_word(count, "1,2,5") == formatting.plural_word(count % 100, "1,2,5")
