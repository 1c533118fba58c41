from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.accounts.calculations import (
    address_pieces,
    fold,
    initials,
    kopecks,
    roubles,
    serial_key,
    without_spaces,
)


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("ЁЛКИНА", "Елкина"),
        ("  иванов ", "Иванов"),
        ("Петров - Водкин", "Петров-Водкин"),
        ("о’нил", "О'Нил"),
    ],
)
def test_a_surname_is_compared_without_case_yo_and_signs(typed, known):
    assert fold(typed) == fold(known)


def test_different_surnames_differ():
    assert fold("Иванов") != fold("Иванова")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("Абрамов", "Борис", "Васильевич"), "абв"),
        (("Ёлкина", "Анна", ""), "еа"),
        (("", "", ""), ""),
    ],
)
def test_initials_are_first_letters(names, expected):
    assert initials(*names) == expected


@pytest.mark.parametrize(
    "typed", ["12 корп. 1 5", "12/1-5", "д.12к1 кв. 5", "012 к 1, квартира 05"]
)
def test_ways_to_write_an_address_agree(typed):
    assert address_pieces(typed) == address_pieces("12", "1", "5")


@pytest.mark.parametrize("typed", ["12 5", "121 5", "12 1", "1 2 1 5", "12а 1 5", ""])
def test_other_addresses_differ(typed):
    assert address_pieces(typed) != address_pieces("12", "1", "5")


def test_a_letter_of_a_house_counts():
    assert address_pieces("12А") == address_pieces("12 а") == ("12", "а")


def test_a_serial_is_compared_without_number_sign_spaces_and_case():
    assert serial_key(" №0741-6852 а") == serial_key("07416852А") == "07416852А"


def test_leading_zeros_of_numbers_stay():
    assert without_spaces(" 0004\u00a09246 ") == "00049246"


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1 243,56 ₽", "1243.56"),
        ("1243.5", "1243.50"),
        ("−1\u00a0243,56", "1243.56"),
        ("+7", "7.00"),
        ("0,00", "0.00"),
        ("1243,567", None),
        ("1,243,56", None),
        ("сто", None),
        ("", None),
        ("1e5", None),
        ("١٢", None),
    ],
)
def test_roubles_are_read_as_people_copy_them(typed, amount):
    assert roubles(typed) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("31472", 31472),
        (" 31 472 ", 31472),
        ("314,72", None),
        ("-5", None),
        ("", None),
        ("٣", None),
    ],
)
def test_kopecks_are_digits_only(typed, amount):
    assert kopecks(typed) == amount


def test_an_endless_number_is_no_sum():
    assert kopecks("9" * 15) is None


@given(st.decimals(min_value=0, max_value=Decimal("999999999999.99"), places=2))
def test_every_sum_is_read_back(amount):
    assert roubles(f"{amount:.2f}".replace(".", ",")) == amount


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_without_an_error(text):
    for read in (fold, address_pieces, serial_key, roubles, kopecks):
        read(text)
