"""Settlements with their lines, by service and by supplier (BIL-07, 20, 21)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.billing import queries
from kabinet.billing.enums import Grouping
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from tests.factories import (
    AccountFactory,
    AccountServiceFactory,
    BillFactory,
    BillLineFactory,
    ServiceFactory,
    SupplierFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
OCTOBER = dt.date(2026, 10, 1)


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def account(user):
    return AccountFactory(holders=[user])


def settlements_of(user, account, grouping, year=2026):
    return queries.get_settlements(
        actor=Actor.customer(user.pk),
        account_id=account.pk,
        year=year,
        since=Period(2000, 1),
        grouping=grouping,
    )


def line(bill, service, supplier=None, **sums):
    values = {name: Decimal(value) for name, value in sums.items()}
    return BillLineFactory(bill=bill, service=service, supplier=supplier, **values)


@pytest.fixture
def suppliers(account):
    return [
        SupplierFactory(provider=account.provider, name=name)
        for name in ("АО «Сети»", "ООО «Сбыт»", "ООО «Тихий»")
    ]


@pytest.fixture
def services(account):
    return [
        ServiceFactory(provider=account.provider, name=name, unit=unit)
        for name, unit in (("Электроэнергия", "кВт·ч"), ("Отопление", "Гкал"))
    ]


@pytest.fixture
def october(account, services, suppliers):
    """Three lines of two suppliers and one of nobody."""
    power, heat = services
    nets, sales, quiet = suppliers
    bill = BillFactory(account=account, period=OCTOBER)
    line(bill, power, sales, opening=10, charged=100, paid=10, closing=100, volume=50)
    line(bill, heat, sales, opening=5, charged=40, paid=5, closing=40, volume=2)
    line(bill, power, nets, opening=0, charged=30, paid=0, closing=30)
    line(bill, heat, opening=0, charged=-7, closing=-7)
    AccountServiceFactory(account=account, service=power, supplier=quiet)
    return bill


def test_a_supplier_has_its_subtotal_and_the_lines_under_it(user, account, october):
    nets, sales, quiet, others = settlements_of(user, account, Grouping.SUPPLIER)

    (month,) = sales.months
    assert (sales.name, month.sums.charged, month.sums.paid, month.sums.closing) == (
        "ООО «Сбыт»",
        Money(Decimal("140.00")),
        Money(Decimal("15.00")),
        Money(Decimal("140.00")),
    )
    assert [(row.service_name, row.sums.charged) for row in month.lines] == [
        ("Отопление", Money(Decimal("40.00"))),
        ("Электроэнергия", Money(Decimal("100.00"))),
    ]
    # Kilowatt-hours and gigacalories do not add up.
    assert (month.sums.volume, sales.has_volume) == (None, False)
    assert nets.name == "АО «Сети»"
    assert (quiet.name, quiet.months) == ("ООО «Тихий»", ())
    assert (others.name, others.months[0].sums.charged) == ("", Money(Decimal("-7.00")))


def test_all_suppliers_together_are_what_all_services_are(user, account, october):
    totals = [
        Money.total(
            group.total.charged for group in settlements_of(user, account, way) if group.months
        )
        for way in Grouping
    ]

    assert totals == [Money(Decimal("163.00"))] * 2


def test_by_service_a_silent_supplier_is_not_named(user, account, october):
    groups = settlements_of(user, account, Grouping.SERVICE)

    assert [group.name for group in groups] == ["Отопление", "Электроэнергия"]
    assert [row.supplier_name for row in groups[1].months[0].lines] == ["ООО «Сбыт»", "АО «Сети»"]


def test_the_year_adds_up_from_its_first_opening_to_its_last_closing(user, account, services):
    power, _heat = services
    for month, opening, charged, paid in ((8, 0, 50, 0), (9, 50, 60, 50), (10, 60, 70, 60)):
        bill = BillFactory(account=account, period=dt.date(2026, month, 1))
        line(
            bill, power, opening=opening, charged=charged, paid=paid,
            closing=opening + charged - paid,
        )  # fmt: skip

    (group,) = settlements_of(user, account, Grouping.SERVICE)

    total = group.total
    assert [total.opening, total.charged, total.paid, total.closing] == [
        Money(Decimal(sum_)) for sum_ in ("0.00", "180.00", "110.00", "70.00")
    ]


def test_a_bill_without_lines_and_a_line_without_supplier_are_two_things(user, account, services):
    with_lines = BillFactory(account=account, period=OCTOBER)
    line(with_lines, services[0], charged=10)
    BillFactory(account=account, period=OCTOBER, kind="Дополнение")

    groups = settlements_of(user, account, Grouping.SUPPLIER)

    assert {group.name for group in groups} == {None, ""}
    (whole,) = [group for group in groups if group.name is None]
    assert (whole.months[0].lines, whole.months[0].sums.charged) == ((), Money(Decimal("100.00")))


def test_a_reopened_month_loses_its_closing_and_only_that_one(user, account, services):
    for month, final in ((8, True), (9, False), (10, True)):
        bill = BillFactory(account=account, period=dt.date(2026, month, 1), final=final)
        line(bill, services[0], opening=1, charged=10, closing=11)

    (group,) = settlements_of(user, account, Grouping.SERVICE)

    assert [
        (month.period.month, month.is_open, month.sums.closing is None) for month in group.months
    ] == [
        (10, False, False),
        (9, True, True),
        (8, False, False),
    ]
    assert group.is_open


def test_a_year_of_nine_services_costs_two_queries(user, account, django_assert_num_queries):
    made = [ServiceFactory(provider=account.provider, name=f"Услуга {n}") for n in range(9)]
    for month in range(1, 13):
        bill = BillFactory(account=account, period=dt.date(2026, month, 1))
        for service in made:
            line(bill, service, charged=1)

    for way in Grouping:
        with django_assert_num_queries(2):
            groups = settlements_of(user, account, way)
        assert sum(len(month.lines) for group in groups for month in group.months) == 108


def test_volumes_of_different_services_do_not_add_up_even_in_one_unit(user, account, suppliers):
    water = [
        ServiceFactory(provider=account.provider, name=name, unit="м³") for name in ("ГВС", "ХВС")
    ]
    bill = BillFactory(account=account, period=OCTOBER)
    for service in water:
        line(bill, service, suppliers[0], charged=10, volume=3)

    (by_supplier,) = settlements_of(user, account, Grouping.SUPPLIER)
    by_service = settlements_of(user, account, Grouping.SERVICE)

    assert (by_supplier.has_volume, by_supplier.total.volume) == (False, None)
    assert [group.total.volume for group in by_service] == [Decimal(3), Decimal(3)]


def test_penalties_of_which_nothing_stands_anywhere_are_left_out(user, account, services):
    power, heat = services
    bill = BillFactory(account=account, period=OCTOBER)
    for service, opening in ((power, 0), (heat, 5)):
        line(bill, service, charged=10)
        BillLineFactory(
            bill=bill, service=service, is_penalty=True, opening=Decimal(opening), charged=Decimal(0),
            paid=Decimal(0), closing=Decimal(opening),
        )  # fmt: skip

    groups = settlements_of(user, account, Grouping.SERVICE)
    month = queries.get_month_breakdown(
        actor=Actor.customer(user.pk),
        account_id=account.pk,
        period=Period.of(OCTOBER),
        since=Period(2000, 1),
        clamp=False,
    )

    rows = [(row.is_penalty, row.service_name) for row in month.bills[0].services]
    assert rows == [(False, "Отопление"), (False, "Электроэнергия"), (True, "Отопление")]
    assert [(group.is_penalty, group.name) for group in groups] == rows
