from __future__ import annotations

import pytest
from django.test import RequestFactory

from kabinet.ui.asked import page_number, whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("007", 7),
        ("999999", 999_999),
        ("1000000", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_plain_number_is_asked_for(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize(
    ("address", "page"), [("/", 1), ("/?page=3", 3), ("/?page=0", 1), ("/?page=second", 1)]
)
def test_a_page_that_makes_no_sense_is_the_first(address, page):
    assert page_number(RequestFactory().get(address)) == page
