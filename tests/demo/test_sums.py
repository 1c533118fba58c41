"""Every generated account's books add up to the kopeck."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.books import Arrears, split
from demo.bundle import Dialect
from demo.months import Month, cost, month_of
from demo.providers import HOUSING, PROVIDERS
from demo.showcase import SHOWCASE
from kabinet.kernel.period import Period
from tests.demo.reading import kopecks, month

SIDES = [spec.code for spec in PROVIDERS]
FIXED = {row.number for row in SHOWCASE if row.is_fixed}


def drawn(bundle, name: str):
    return (row for row in bundle.rows(name) if row["account"] not in FIXED)


def slot(row) -> tuple[str, ...]:
    return row["account"], row["service"], row["supplier"], row.get("is_penalty", "0")


def net(bundle, row) -> int:
    taken = kopecks(row["benefit"]) + kopecks(row["quality"]) + kopecks(row["paid"])
    return kopecks(row["charged"]) + kopecks(row["adjusted"]) - taken


@pytest.mark.parametrize("code", SIDES)
def test_a_line_closes_by_its_formula(bundles, code):
    bundle = bundles[code]
    wrong = [
        row
        for row in drawn(bundle, "bill_lines")
        if bundle.due(row["closing"]) != bundle.due(row["opening"]) + net(bundle, row)
    ]

    assert wrong == []


@pytest.mark.parametrize("code", SIDES)
def test_a_charge_is_tariff_times_volume(bundles, code):
    def exact(text: str, places: int) -> int:
        whole, _point, rest = text.replace(",", ".").lstrip("-").partition(".")
        return (-1 if text.startswith("-") else 1) * int(whole + rest.ljust(places, "0"))

    wrong = [
        row
        for row in bundles[code].rows("bill_lines")
        if row["tariff"]
        and kopecks(row["charged"]) != cost(exact(row["tariff"], 6), exact(row["volume"], 4))
    ]

    assert wrong == []


@pytest.mark.parametrize("code", SIDES)
def test_a_bill_is_the_sum_of_its_lines(bundles, code):
    bundle = bundles[code]
    # Overpaid rows add nothing where the provider counts so (BIL-26).
    floor = 0 if code == HOUSING.code else -(10**12)
    lines = defaultdict(lambda: defaultdict(int))
    for row in drawn(bundle, "bill_lines"):
        sums = lines[row["account"], row["period"], row["kind"]]
        prefix = "penalty_" if row["is_penalty"] == "1" else ""
        sums[f"{prefix}opening"] += bundle.due(row["opening"])
        sums[f"{prefix}paid"] += kopecks(row["paid"])
        sums[f"{prefix}charged"] += kopecks(row["charged"])
        sums[f"{prefix}total"] += max(floor, bundle.due(row["closing"]))
        sums["adjusted"] += kopecks(row["adjusted"]) - kopecks(row["quality"])
        sums["benefit"] += kopecks(row["benefit"])

    for row in drawn(bundle, "bills"):
        sums = lines[row["account"], row["period"], row["kind"]]
        for name in ("opening", "total", "penalty_opening", "penalty_total"):
            assert bundle.due(row[name]) == sums[name], (row, name)
        for name in ("paid", "charged", "adjusted", "benefit", "penalty_paid", "penalty_charged"):
            assert kopecks(row[name]) == sums[name], (row, name)


@pytest.mark.parametrize("code", SIDES)
def test_a_month_opens_as_the_one_before_closed(bundles, code):
    bundle = bundles[code]
    opening, closing = defaultdict(int), defaultdict(int)
    for row in drawn(bundle, "bill_lines"):
        opening[slot(row), month(row["period"])] += bundle.due(row["opening"])
        closing[slot(row), month(row["period"])] += bundle.due(row["closing"])

    for key, period in opening:
        before = str(Period.parse(period).plus(-1))
        if (key, before) in closing:
            assert opening[key, period] == closing[key, before], (key, period)


@pytest.mark.parametrize("code", SIDES)
def test_a_balance_is_the_last_closing_less_later_payments(bundles, code):
    bundle = bundles[code]
    last: dict[str, str] = {}
    for row in drawn(bundle, "bill_lines"):
        last[row["account"]] = max(last.get(row["account"], ""), month(row["period"]))
    owed = defaultdict(int)
    for row in drawn(bundle, "bill_lines"):
        if month(row["period"]) == last[row["account"]]:
            owed[row["account"]] += bundle.due(row["closing"])
    for row in drawn(bundle, "payments"):
        if month(_month_of(row["received_on"])) > last[row["account"]]:
            owed[row["account"]] -= kopecks(row["amount"])
    balances = defaultdict(int)
    for row in drawn(bundle, "balances"):
        balances[row["account"]] += bundle.due(row["amount"]) + bundle.due(row["penalty"])

    assert balances == owed


@pytest.mark.parametrize("code", SIDES)
def test_the_payments_of_a_month_are_what_its_bills_say_was_paid(bundles, code):
    bundle = bundles[code]
    paid, said = defaultdict(int), defaultdict(int)
    for row in drawn(bundle, "payments"):
        key = row["account"], month(_month_of(row["received_on"]))
        paid[key] += kopecks(row["amount"])
    for row in drawn(bundle, "bills"):
        said[row["account"], month(row["period"])] += kopecks(row["paid"])
        said[row["account"], month(row["period"])] += kopecks(row["penalty_paid"])

    assert {key: sum_ for key, sum_ in said.items() if sum_} == {
        key: sum_ for key, sum_ in paid.items() if key in said
    }


def _month_of(day: str) -> str:
    return day[3:] if "." in day else day[:7]


@pytest.mark.parametrize("code", SIDES)
def test_accepted_readings_of_a_register_never_fall(bundles, code):
    known: dict[tuple[str, ...], list[tuple[str, float]]] = defaultdict(list)
    for row in bundles[code].rows("readings"):
        if row["status"] == "accepted":
            day = row["taken_on"]
            iso = "-".join(reversed(day.split("."))) if "." in day else day
            value = float(row["value"].replace(",", "."))
            known[row["account"], row["meter"], row["zone"]].append((iso, value))

    for register, values in known.items():
        in_time = [value for _day, value in sorted(values)]
        assert in_time == sorted(in_time), register


@given(st.integers(0, 10**9), st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=12))
def test_a_split_neither_loses_nor_makes_money(amount, weights):
    assert sum(split(amount, weights)) == amount


@given(st.integers(-(10**11), 10**11))
def test_money_is_written_and_read_back_exactly(amount):
    assert kopecks(Dialect(point=",").money(amount)) == amount
    assert kopecks(Dialect(sign=-1).due(amount)) == -amount


def _months(first: Period, count: int) -> list[Month]:
    return [month_of(first.plus(step), Dialect()) for step in range(count)]


def test_a_penalty_follows_the_worked_example_of_the_law():
    april, may, june, july = _months(Period(2026, 4), 4)
    arrears = Arrears()
    arrears.owe(april.first_ordinal + 14, 100_000)

    # 1 000 ₽ due on 15 April, unpaid on 31 July: 60 days of 1/300 and 17 days of 1/130 make 31.42 ₽ at once;
    # rounded month by month it is a kopeck more.
    assert [arrears.penalty(one) for one in (april, may, june, july)] == [0, 507, 950, 1686]


def test_a_payment_closes_the_oldest_month_first_and_the_rest_is_credit():
    arrears = Arrears()
    arrears.owe(1, 100)
    arrears.owe(31, 200)
    arrears.pay(250)
    assert arrears.months == [(31, 50)]

    arrears.pay(80)
    arrears.owe(61, 50)
    assert (arrears.months, arrears.credit) == ([(61, 20)], 0)
