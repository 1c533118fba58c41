"""What a bank really took falls on the lines in their order, to the kopeck (PAY-45)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.kernel.money import Money
from kabinet.payments.calculations.taking import TakenLine, take_in_order
from tests.payments.payers import roubles


def taken(*lines):
    return [TakenLine(roubles(a), roubles(p), roubles(c)) for a, p, c in lines]


ASKED = taken(("500.00", "50.00", "3.50"), ("300.00", "0.00", "2.10"))


@pytest.mark.parametrize(
    ("sum_", "booked"),
    [
        ("805.60", [("500.00", "50.00", "3.50"), ("300.00", "0.00", "2.10")]),
        ("900.00", [("594.40", "50.00", "3.50"), ("300.00", "0.00", "2.10")]),
        ("804.00", [("500.00", "50.00", "3.50"), ("300.00", "0.00", "0.50")]),
        ("800.00", [("500.00", "50.00", "0.00"), ("300.00", "0.00", "0.00")]),
        ("520.00", [("500.00", "50.00", "0.00"), ("20.00", "0.00", "0.00")]),
        ("470.00", [("470.00", "20.00", "0.00"), ("0.00", "0.00", "0.00")]),
        ("0.01", [("0.01", "0.00", "0.00"), ("0.00", "0.00", "0.00")]),
    ],
)
def test_lines_are_filled_in_their_order_then_commissions_and_the_rest_is_an_advance(sum_, booked):
    assert take_in_order(ASKED, roubles(sum_)) == taken(*booked)


sums = st.integers(1, 10**7).map(lambda kopecks: Money(Decimal(kopecks) / 100))


@given(
    st.lists(st.tuples(sums, st.floats(0, 1), st.integers(0, 9999)), min_size=1, max_size=5), sums
)
def test_no_kopeck_is_lost_or_made(rows, sum_):
    asked = [
        TakenLine(
            amount,
            Money(Decimal(int(amount.kopecks * share)) / 100),
            Money(Decimal(commission) / 100),
        )
        for amount, share, commission in rows
    ]

    booked = take_in_order(asked, sum_)

    assert Money.total(line.whole for line in booked) == sum_
    assert all(Money.zero() <= line.penalty <= line.amount for line in booked)
