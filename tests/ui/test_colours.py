from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.ui.colours import (
    DARK_TEXT,
    LEAST_CONTRAST,
    LIGHT_TEXT,
    contrast,
    nearest_readable,
    text_contrast,
    text_on,
)

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


# The pairs of WCAG's own examples and of every checker: black on white, and the greys around 4.5.
@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#0b6478", "#0b6478", 1.0),
    ],
)
def test_contrast_is_wcags(one, other, ratio):
    assert round(contrast(one, other), 2) == round(contrast(other, one), 2) == ratio


@pytest.mark.parametrize(
    ("colour", "text"), [("#0b6478", LIGHT_TEXT), ("#f2b600", DARK_TEXT), ("#ffffff", DARK_TEXT)]
)
def test_the_text_that_is_read_better_is_taken(colour, text):
    assert text_on(colour) == text


@given(colours)
def test_what_is_proposed_can_be_read_and_a_fitting_colour_stays_itself(colour):
    proposed = nearest_readable(colour)

    assert text_contrast(proposed) >= LEAST_CONTRAST
    assert (proposed == colour) is (text_contrast(colour) >= LEAST_CONTRAST)


def test_the_nearer_of_a_darker_and_a_paler_one_is_proposed():
    assert (nearest_readable("#7a7a7a"), nearest_readable("#838383")) == ("#767676", "#898989")
