"""One typed sum over several lines, to the kopeck: services first, then penalties (ГК РФ ст. 319)."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kabinet.kernel.money import Money
from kabinet.payments.calculations.sharing import Owed, Share, share, share_apart

amounts = st.integers(0, 10**7).map(lambda kopecks: Money(Decimal(kopecks) / 100))
owed = st.lists(st.builds(Owed, amounts, amounts), min_size=1, max_size=9)


def roubles(text):
    return Money(Decimal(text))


@given(owed, amounts)
def test_nothing_is_lost_and_nothing_is_made(lines, amount):
    parts = share(lines, amount)

    assert Money.total(part.amount for part in parts) == amount
    assert all(Money.zero() <= part.penalty <= part.amount for part in parts)


@given(owed)
def test_the_whole_debt_pays_every_line_exactly(lines):
    whole = Money.total(line.service + line.penalty for line in lines)

    assert share(lines, whole) == [
        Share(line.service + line.penalty, line.penalty) for line in lines
    ]


@given(owed, amounts)
def test_penalties_get_only_what_services_leave(lines, amount):
    services = Money.total(line.service for line in lines)
    penalties = Money.total(line.penalty for line in lines)

    paid = Money.total(part.penalty for part in share(lines, amount))

    assert paid == min(max(amount - services, Money.zero()), penalties)


@given(owed, amounts, amounts)
def test_two_sums_stay_two_sums(lines, service, penalty):
    parts = share_apart(lines, service, penalty)

    assert Money.total(part.penalty for part in parts) == penalty
    assert Money.total(part.amount - part.penalty for part in parts) == service


def test_where_nothing_is_owed_the_first_line_takes_the_advance():
    nothing = Owed(roubles("0.00"), roubles("0.00"))

    assert [str(part.amount.amount) for part in share([nothing, nothing], roubles("10.00"))] == [
        "10.00",
        "0.00",
    ]
