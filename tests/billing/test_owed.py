"""What is left to pay is decided once: the lines of the payment page add up to the header's sum (BIL-26, PAY-47)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet.billing.calculations import share_out
from kabinet.billing.queries.owed import (
    BillDueRow,
    ServiceDueRow,
    asked_of,
    owed_by_balances,
    owed_by_bills,
)
from kabinet.billing.queries.payable import PayableRow
from kabinet.billing.unconfirmed import PaidHereRow
from kabinet.kernel.money import Money

NOON = dt.datetime(2026, 11, 1, 9, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
GAS, WATER, WHOLE = (1, None), (2, None), (None, None)


def roubles(text):
    return None if text is None else Money(Decimal(text))


def told(place, amount, penalty="0.00", *, receipt="", from_bill=False):
    return PayableRow(
        account_id=1,
        service_id=place[0],
        supplier_id=place[1],
        service_name="",
        supplier_name="",
        receipt=receipt,
        amount=roubles(amount),
        penalty=roubles(penalty),
        preliminary=None,
        as_of=NOON,
        from_bill=from_bill,
    )


def billed(receipt, place, amount, penalty="0.00"):
    return told(place, amount, penalty, receipt=receipt, from_bill=True)


def paid(receipt, place, amount, penalty="0.00", *, is_confirmed=False, at=NOON + DAY):
    whole = roubles(amount)
    return PaidHereRow(
        service_id=place[0],
        supplier_id=place[1],
        unconfirmed=Money.zero() if is_confirmed else whole,
        whole=whole,
        penalty=roubles(penalty),
        happened_at=at,
        receipt=receipt,
    )


def header(lines, payments, *, clamp):
    """What the top of every page says, from the same figures."""
    if not lines[0].from_bill:
        services = [
            ServiceDueRow(*line.place, "", "", line.amount, line.penalty, NOON) for line in lines
        ]
        return owed_by_balances(services, payments, clamp=clamp)
    bills = []
    for kind in dict.fromkeys(line.receipt for line in lines):
        own = [line for line in lines if line.receipt == kind]
        penalties = [line.penalty for line in own if line.penalty is not None]
        penalty = Money.total(penalties) if penalties else None
        bills.append(BillDueRow(kind, Money.total(line.amount for line in own), penalty))
    return owed_by_bills(bills, payments, made_at=NOON, clamp=clamp)


def asked(lines, payments, *, clamp):
    """The lines' sums with their penalties, after a check that they make the header's."""
    sums = asked_of(lines, payments, clamp=clamp)
    due = header(lines, payments, clamp=clamp).due
    whole = Money.total(part for pair in sums for part in pair)
    assert whole == max(due, Money.zero())
    assert all(part.amount >= 0 for pair in sums for part in pair)
    return [str((amount + penalty).amount) for amount, penalty in sums]


TWO_BILLS = [billed("капремонт", WHOLE, "300.00"), billed("общая", WHOLE, "1000.00")]
WITH_LINES = [
    billed("жильё", GAS, "100.00"),
    billed("жильё", WATER, "100.00"),
    billed("ремонт", GAS, "50.00"),
]


@pytest.mark.parametrize(
    ("lines", "payments", "clamped", "unclamped"),
    [
        pytest.param(TWO_BILLS, [], ["300.00", "1000.00"], ["300.00", "1000.00"], id="not paid"),
        pytest.param(
            TWO_BILLS,
            [paid("капремонт", WHOLE, "200.00")],
            ["100.00", "1000.00"],
            ["100.00", "1000.00"],
            id="one of two bills in part: the rest of that bill",
        ),
        pytest.param(
            TWO_BILLS,
            [paid("капремонт", WHOLE, "500.00")],
            ["0.00", "1000.00"],
            ["0.00", "800.00"],
            id="one overpaid: clamped, the other is asked for in full",
        ),
        pytest.param(
            TWO_BILLS,
            [paid("", WHOLE, "1000.00")],
            ["69.23", "230.77"],
            ["69.23", "230.77"],
            id="nobody knows for which bill",
        ),
        pytest.param(
            [billed("общая", WHOLE, "100.00"), billed("ремонт", WHOLE, "-70.00")],
            [],
            ["100.00", "0.00"],
            ["30.00", "0.00"],
            id="the provider's own overpayment",
        ),
        pytest.param(
            WITH_LINES,
            [paid("жильё", GAS, "150.00")],
            ["0.00", "50.00", "50.00"],
            ["0.00", "50.00", "50.00"],
            id="an advance for one line lessens the others of its bill",
        ),
        pytest.param(
            WITH_LINES,
            [paid("ремонт", GAS, "20.00")],
            ["100.00", "100.00", "30.00"],
            ["100.00", "100.00", "30.00"],
            id="one service in two bills",
        ),
        pytest.param(
            [billed("жильё", GAS, "-50.00"), billed("жильё", WATER, "100.00")],
            [],
            ["0.00", "50.00"],
            ["0.00", "50.00"],
            id="a bill asks for its own total, whatever its lines",
        ),
        pytest.param(
            [billed("жильё", WHOLE, "100.00", None)],
            [paid("жильё", WHOLE, "30.00", "5.00")],
            ["70.00"],
            ["70.00"],
            id="a bill that tells no penalty",
        ),
        pytest.param(
            [told(GAS, "100.00", None), told(WATER, "40.00", "3.00")],
            [paid("", GAS, "30.00", "5.00")],
            ["70.00", "43.00"],
            ["70.00", "43.00"],
            id="a balance that tells no penalty: all that was paid lessens the sum",
        ),
        pytest.param(
            [told(GAS, "100.00", "5.00"), told(WATER, "40.00", "3.00")],
            [paid("", GAS, "30.00", "5.00")],
            ["75.00", "43.00"],
            ["75.00", "43.00"],
            id="a balance with its penalty",
        ),
        pytest.param(
            [told(GAS, "100.00"), told(WATER, "100.00")],
            [paid("", GAS, "150.00")],
            ["0.00", "100.00"],
            ["0.00", "50.00"],
            id="an advance for one service",
        ),
        pytest.param(
            [told(GAS, "-30.00")],
            [paid("", WHOLE, "-50.00")],
            ["20.00"],
            ["20.00"],
            id="given back what no line was paid for",
        ),
        pytest.param(
            TWO_BILLS,
            [
                paid("капремонт", WHOLE, "100.00", is_confirmed=True),
                paid("общая", WHOLE, "100.00", is_confirmed=True, at=NOON - DAY),
            ],
            ["200.00", "1000.00"],
            ["200.00", "1000.00"],
            id="a bill cannot hold what was paid after it, and holds what was confirmed before",
        ),
    ],
)
def test_each_payment_lessens_what_it_was_made_for(lines, payments, clamped, unclamped):
    assert asked(lines, payments, clamp=True) == clamped
    assert asked(lines, payments, clamp=False) == unclamped


def test_the_penalty_that_is_left_is_that_of_the_figures_less_what_was_paid_of_it():
    lines = [billed("а", WHOLE, "10.00", "5.00"), billed("б", WHOLE, "10.00", None)]
    payments = [paid("а", WHOLE, "4.00", "2.00"), paid("б", WHOLE, "4.00", "2.00")]

    assert header(lines, payments, clamp=True).penalty == roubles("3.00")
    assert header(lines[1:], payments[1:], clamp=True).penalty is None


sums = st.decimals(-1000, 1000, places=2).map(Money)
places = st.sampled_from([GAS, WATER, (1, 7), WHOLE])
receipts = st.sampled_from(["", "жильё", "ремонт"])


@st.composite
def payments(draw):
    whole = draw(sums)
    share = draw(st.integers(0, 100))
    return PaidHereRow(
        *draw(places),
        unconfirmed=draw(st.sampled_from([whole, Money.zero()])),
        whole=whole,
        penalty=Money.rounded(whole.amount * share / 100),
        happened_at=NOON + draw(st.sampled_from([-DAY, DAY])),
        receipt=draw(receipts),
    )


@st.composite
def lines(draw):
    """The lines of an account: its balances, or those of its bills."""
    from_bill = draw(st.booleans())
    unique = (lambda row: (row[0], row[1])) if from_bill else (lambda row: row[0])
    rows = draw(
        st.lists(
            st.tuples(places if from_bill else places.filter(lambda place: place[0]), receipts),
            min_size=1,
            max_size=6,
            unique_by=unique,
        )
    )
    tells = {kind: draw(st.booleans()) for kind in ("", "жильё", "ремонт")}
    return [
        told(
            place,
            draw(sums).amount,
            draw(sums).amount if tells[kind] else None,
            receipt=kind,
            from_bill=from_bill,
        )
        for place, kind in rows
    ]


@given(lines=lines(), payments=st.lists(payments(), max_size=5), clamp=st.booleans())
def test_the_lines_always_make_the_headers_sum(lines, payments, clamp):
    asked(lines, payments, clamp=clamp)


@given(lines=lines(), payments=st.lists(payments(), max_size=5))
def test_taking_payments_off_neither_loses_nor_makes_money(lines, payments):
    owed = header(lines, payments, clamp=False)

    parts = [part for line in lines for part in (line.amount, line.penalty or Money.zero())]
    assert owed.due == Money.total(parts) - owed.paid_here


@given(due=sums, claims=st.lists(sums, min_size=1, max_size=6))
def test_shares_add_up_and_are_never_negative(due, claims):
    shares = share_out(due, claims)

    assert Money.total(shares) == max(due, Money.zero())
    assert all(share.amount >= 0 for share in shares)
