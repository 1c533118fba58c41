from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.kernel.money import Money

amounts = st.integers(-(10**11), 10**11).map(lambda kopecks: Money(Decimal(kopecks) / 100))
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any)


@given(amounts, weights)
def test_allocate_neither_loses_nor_makes_money(amount, weights):
    parts = amount.allocate(weights)

    assert Money.total(parts) == amount
    assert all(not part for part, weight in zip(parts, weights, strict=True) if not weight)


@given(amounts, weights)
def test_allocate_is_within_a_kopeck_of_the_exact_share(amount, weights):
    for part, weight in zip(amount.allocate(weights), weights, strict=True):
        assert abs(part.amount - amount.amount * weight / sum(weights)) < Decimal("0.011")


@pytest.mark.parametrize("bad", [0.1, 1, "1.00"])
def test_money_refuses_everything_but_decimal(bad):
    with pytest.raises(TypeError):
        Money(bad)


def test_money_refuses_hidden_fractions():
    with pytest.raises(ValueError, match="round explicitly"):
        Money(Decimal("1.005"))


def test_rounding_is_half_up_also_for_negatives():
    assert Money.rounded(Decimal("1.005")) == Money(Decimal("1.01"))
    assert Money.rounded(Decimal("-1.005")) == Money(Decimal("-1.01"))


@pytest.mark.parametrize("weights", [[], [0, 0], [-1, 2]])
def test_allocate_refuses_weights_without_a_meaning(weights):
    with pytest.raises(ValueError, match="weights"):
        Money(Decimal("1.00")).allocate(weights)
