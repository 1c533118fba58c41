"""What a bank gave back instead of the sum that was asked for, on the lines: exact, and never more than was paid."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.kernel.money import Money
from kabinet.payments.calculations.returning import (
    MoreThanPaid,
    PaidLine,
    ReturnedLine,
    plan_return,
    share_returned,
)

kopecks = st.integers(0, 500)


def money(number):
    return Money(Decimal(number) / 100)


@st.composite
def paid_lines(draw):
    lines = []
    for position in range(1, draw(st.integers(1, 4)) + 1):
        amount = draw(st.integers(1, 500))
        penalty, returned = draw(st.integers(0, amount)), draw(st.integers(0, amount))
        lines.append(
            PaidLine(
                item_id=position * 10,
                position=position,
                amount=money(amount),
                penalty=money(penalty),
                # It went back with the line's last kopeck.
                commission=money(draw(kopecks) if returned < amount else 0),
                returned=money(returned),
                returned_penalty=money(max(returned - (amount - penalty), 0)),
            )
        )
    return lines


def asked_of(lines, data):
    chosen = data.draw(st.sets(st.sampled_from([line.position for line in lines])))
    sums = {line.position: line.left for line in lines if line.position in chosen}
    return {row.item_id: row for row in plan_return(lines, sums)}


@given(lines=paid_lines(), data=st.data())
def test_it_adds_up_and_gives_back_no_more_than_is_left(lines, data):
    asked = asked_of(lines, data)
    whole = Money.total(line.left + line.commission for line in lines)
    told = data.draw(st.integers(0, int(whole.amount * 100)))

    shared = share_returned(lines, asked, money(told))

    by_item = {line.item_id: line for line in lines}
    assert Money.total(row.amount + row.commission for row in shared) == money(told)
    for row in shared:
        line = by_item[row.item_id]
        assert Money.zero() < row.amount <= line.left
        assert row.penalty <= line.penalty - line.returned_penalty
        assert not row.commission or row.amount == line.left
        assert row.commission <= line.commission


@given(lines=paid_lines(), data=st.data())
def test_of_the_sum_that_was_asked_for_the_same_lines_go_back(lines, data):
    asked = asked_of(lines, data)
    told = Money.total(row.amount + row.commission for row in asked.values())

    shared = share_returned(lines, asked, told)

    assert {row.item_id: row for row in shared} == asked


@given(lines=paid_lines(), above=st.integers(1, 100))
def test_a_kopeck_more_than_is_left_is_refused(lines, above):
    whole = Money.total(line.left + line.commission for line in lines)

    with pytest.raises(MoreThanPaid):
        share_returned(lines, {}, whole + money(above))


def test_what_was_asked_for_comes_first():
    lines = [
        PaidLine(1, 1, money(100), money(0), money(0), money(0), money(0)),
        PaidLine(2, 2, money(100), money(0), money(0), money(0), money(0)),
    ]
    asked = {2: ReturnedLine(2, money(60), money(0), money(0))}

    shared = share_returned(lines, asked, money(130))

    assert [(row.item_id, row.amount) for row in shared] == [(2, money(100)), (1, money(30))]
