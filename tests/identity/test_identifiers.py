from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import Identifier, NotAnIdentifier, identify


@pytest.mark.parametrize(
    "written",
    [
        "+79123456789",
        "89123456789",
        "79123456789",
        "9123456789",
        "8 (912) 345-67-89",
        "+7 912 345 67 89",
        "8-912-345-67-89",
        "8 912\u00a0345\u202f67\u201189",
        "  +7 (912) 345-67-89  ",
        "912.345.67.89",
    ],
)
def test_every_usual_spelling_of_a_phone_is_one_number(written):
    assert identify(written) == Identifier(IdentifierKind.PHONE, "+79123456789")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "123",
        "8912345678",
        "+7912345678999",
        "8 912 ABC 67 89",
        "+0 912 345 67 89",
        "89 123456789 доб. 5",
    ],
)
def test_what_is_no_phone_is_refused_with_advice(written):
    with pytest.raises(NotAnIdentifier) as refused:
        identify(written)

    assert str(refused.value.message)


def test_a_foreign_number_needs_its_code():
    assert identify("+375 29 123-45-67").value == "+375291234567"


@pytest.mark.parametrize("written", ["Ivan@Example.RU", " ivan@example.ru ", "IVAN@EXAMPLE.RU"])
def test_the_case_of_an_address_means_nothing(written):
    assert identify(written) == Identifier(IdentifierKind.EMAIL, "ivan@example.ru")


@pytest.mark.parametrize(
    "written",
    [
        "iv\u0430n@example.ru",  # Cyrillic «а»
        "ivan@ex\u0430mple.ru",
        "ivan@\uff45xample.ru",  # full-width e
        "ıvan@example.ru",  # dotless i, whose upper case is Latin
        "ivan@example",
        "ivan@@example.ru",
        "ivan @example.ru",
        "@example.ru",
        "ivan@example.ru\nBcc: other@example.ru",
        "a" * 250 + "@example.ru",
    ],
)
def test_addresses_that_only_look_right_are_refused(written):
    with pytest.raises(NotAnIdentifier):
        identify(written)


def test_a_phone_is_shown_as_people_read_it():
    shown = Identifier(IdentifierKind.PHONE, "+79123456789").shown

    assert shown == "+7\u00a0912\u00a0345-67-89"


@given(st.text(max_size=60))
def test_any_text_is_either_one_identifier_or_refused(text):
    try:
        found = identify(text)
    except NotAnIdentifier:
        return

    assert identify(found.value) == found
    assert found.value == found.value.lower()
