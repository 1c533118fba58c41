from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.kernel.period import Period
from kabinet.web.bills.search import (
    MonthText,
    NotUnderstood,
    PaymentText,
    parse_month_text,
    parse_payment_text,
    parse_period,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("май", MonthText(None, 5)),
        ("Мая", MonthText(None, 5)),
        ("март", MonthText(None, 3)),
        ("мар 2024", MonthText(2024, 3)),
        ("Май'24", MonthText(2024, 5)),
        ("май 2024", MonthText(2024, 5)),
        ("октябрь 2026", MonthText(2026, 10)),
        ("2024", MonthText(2024, None)),
        ("05.2024", MonthText(2024, 5)),
        ("5.24", MonthText(2024, 5)),
        ("2024-05", MonthText(2024, 5)),
    ],
)
def test_months_and_years_are_understood_as_people_write_them(text, found):
    assert parse_month_text(text) == found


@pytest.mark.parametrize("text", ["сумма", "13.2024", "24", "ма", "май 2024 года", "!", "1 082,36"])
def test_what_names_no_month_is_not_guessed(text):
    with pytest.raises(NotUnderstood):
        parse_month_text(text)


def test_a_typed_month_is_a_period():
    assert parse_period(" 05.2026 ") == parse_period("2026-05") == Period(2026, 5)


@pytest.mark.parametrize("text", ["", "май", "2026", "2026-13", "0000-05", "00.26"])
def test_a_period_needs_a_month_and_a_year(text):
    with pytest.raises(NotUnderstood):
        parse_period(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("03.05.24", PaymentText(dt.date(2024, 5, 3), dt.date(2024, 5, 3))),
        ("03.05.2024", PaymentText(dt.date(2024, 5, 3), dt.date(2024, 5, 3))),
        ("05.2024", PaymentText(dt.date(2024, 5, 1), dt.date(2024, 5, 31))),
        ("май 2024", PaymentText(dt.date(2024, 5, 1), dt.date(2024, 5, 31))),
        ("2024", PaymentText(dt.date(2024, 1, 1), dt.date(2024, 12, 31))),
        ("1 111.10", PaymentText(amount=Decimal("1111.10"))),
        ("−1 082,36 ₽", PaymentText(amount=Decimal("1082.36"))),
        ("1111", PaymentText(amount=Decimal(1111), whole_roubles=True)),
        ("12.34", PaymentText(amount=Decimal("12.34"))),
        ("5046", PaymentText(amount=Decimal(5046), whole_roubles=True)),
    ],
)
def test_payments_are_looked_for_by_date_or_by_sum(text, found):
    assert parse_payment_text(text) == found


@pytest.mark.parametrize("text", ["привет", "май", "31.02.2024", "1,2,3", "12.345,678", "1e5"])
def test_what_is_neither_date_nor_sum_is_not_guessed(text):
    with pytest.raises(NotUnderstood):
        parse_payment_text(text)


@given(st.text(max_size=40))
def test_any_text_is_either_understood_or_refused(text):
    for parse in (parse_period, parse_month_text, parse_payment_text):
        try:
            parse(text)
        except NotUnderstood:
            continue
