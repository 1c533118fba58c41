from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.kernel.period import Period

periods = st.dates(date(1950, 1, 1), date(2090, 12, 31)).map(Period.of)


@given(periods, st.integers(-300, 300))
def test_plus_goes_there_and_back(period, months):
    assert period.plus(months).plus(-months) == period


@given(periods)
def test_writing_and_reading_agree(period):
    assert Period.parse(str(period)) == period


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "202610", "2026-1", "0000-01", " 2026-01", "2026-01\n"]
)
def test_nonsense_is_no_period(text):
    with pytest.raises(ValueError, match="not a month"):
        Period.parse(text)


def test_day_31_means_the_last_one():
    assert Period(2026, 2).day(31) == date(2026, 2, 28)
    assert Period(2028, 2).day(31) == date(2028, 2, 29)
    assert Period(2026, 12).plus(1) == Period(2027, 1)
    assert list(Period(2026, 1).back(2)) == [Period(2026, 1), Period(2025, 12)]
