"""Figures by month, as statistics read them: what is added up, what stays apart, whose they are."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.accounts.models import AccountLink
from kabinet.billing.queries import statistics
from kabinet.billing.queries.statistics import MonthRange
from kabinet.kernel.actors import Actor
from kabinet.kernel.figures import MonthlyFigure
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature
from tests.factories import (
    AccountFactory,
    BillFactory,
    BillLineFactory,
    PostedPaymentFactory,
    ServiceFactory,
    SupplierFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = Period(2026, 9), Period(2026, 10)
MONTHS = MonthRange(SEPTEMBER, OCTOBER)
READS = (
    statistics.get_monthly_charges,
    statistics.get_monthly_volumes,
    statistics.get_monthly_payments,
)


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def actor(user):
    return Actor.customer(user.pk)


@pytest.fixture
def account(user):
    return AccountFactory(holders=[user])


@pytest.fixture
def gas(account):
    return ServiceFactory(provider=account.provider, code="gas", name="Газ")


@pytest.fixture
def supplier(account):
    return SupplierFactory(provider=account.provider, code="main", name="ООО «Газ»")


def read(query, actor, account, months=MONTHS):
    figures = query(actor=actor, account_id=account.pk, months=months)
    return sorted(figures, key=lambda figure: (figure.period, figure.service, figure.value))


def bill(account, period=OCTOBER, **sums):
    return BillFactory(account=account, period=period.first_day, **sums)


def test_charges_of_a_month_are_added_by_service_and_supplier(actor, account, gas, supplier):
    first = bill(account)
    BillLineFactory(bill=first, service=gas, supplier=supplier, charged=Decimal("100.50"))
    BillLineFactory(bill=first, service=gas, supplier=supplier, charged=Decimal("-20.25"))
    BillLineFactory(bill=first, service=gas, charged=Decimal("5.00"))
    second = bill(account, kind="доплата")
    BillLineFactory(bill=second, service=gas, supplier=supplier, charged=Decimal("1.00"))

    assert read(statistics.get_monthly_charges, actor, account) == [
        MonthlyFigure(OCTOBER, Decimal("5.00"), "₽", "gas", "Газ"),
        MonthlyFigure(OCTOBER, Decimal("81.25"), "₽", "gas", "Газ", "main", "ООО «Газ»"),
    ]


def test_penalties_stand_apart(actor, account, gas):
    issued = bill(account)
    BillLineFactory(bill=issued, service=gas, charged=Decimal("100.00"))
    BillLineFactory(bill=issued, service=gas, charged=Decimal("3.10"), is_penalty=True)

    assert read(statistics.get_monthly_charges, actor, account) == [
        MonthlyFigure(OCTOBER, Decimal("3.10"), "₽", "gas", "Газ", is_penalty=True),
        MonthlyFigure(OCTOBER, Decimal("100.00"), "₽", "gas", "Газ"),
    ]


def test_a_bill_without_lines_speaks_for_all_services(actor, account, gas):
    bill(account, SEPTEMBER, charged=Decimal("70.00"), penalty_charged=Decimal("1.50"))
    told = bill(account, charged=Decimal("90.00"), penalty_charged=Decimal("2.00"))
    BillLineFactory(bill=told, service=gas, charged=Decimal("90.00"))

    assert read(statistics.get_monthly_charges, actor, account) == [
        MonthlyFigure(SEPTEMBER, Decimal("1.50"), "₽", is_penalty=True),
        MonthlyFigure(SEPTEMBER, Decimal("70.00"), "₽"),
        MonthlyFigure(OCTOBER, Decimal("2.00"), "₽", is_penalty=True),
        MonthlyFigure(OCTOBER, Decimal("90.00"), "₽", "gas", "Газ"),
    ]


def test_volumes_keep_their_units_and_areas_are_no_use(actor, account, gas):
    issued = bill(account)
    BillLineFactory(bill=issued, service=gas, volume=Decimal("10.5000"))
    BillLineFactory(bill=issued, service=gas, volume=Decimal("2.0000"), unit="м³")
    BillLineFactory(bill=issued, service=gas, volume=Decimal("0.3000"), unit="Гкал")
    BillLineFactory(bill=issued, service=gas, volume=Decimal("54.2000"), unit="м²")
    BillLineFactory(bill=issued, service=gas, volume=None)
    BillLineFactory(bill=issued, service=gas, volume=Decimal("9.0000"), is_penalty=True)

    assert read(statistics.get_monthly_volumes, actor, account) == [
        MonthlyFigure(OCTOBER, Decimal("0.3000"), "Гкал", "gas", "Газ"),
        MonthlyFigure(OCTOBER, Decimal("12.5000"), "м³", "gas", "Газ"),
    ]


def test_payments_belong_to_the_month_in_which_they_came(actor, account, gas):
    PostedPaymentFactory(account=account, received_on=dt.date(2026, 9, 30), service=gas)
    PostedPaymentFactory(account=account, received_on=dt.date(2026, 10, 1))
    PostedPaymentFactory(account=account, received_on=dt.date(2026, 10, 31))

    assert read(statistics.get_monthly_payments, actor, account) == [
        MonthlyFigure(SEPTEMBER, Decimal("100.00"), "₽", "gas", "Газ"),
        MonthlyFigure(OCTOBER, Decimal("200.00"), "₽"),
    ]


def fill(account, service):
    """Something for every read, in the range and on both sides of it."""
    for period in (SEPTEMBER.plus(-1), OCTOBER, OCTOBER.plus(1)):
        issued = bill(account, period)
        BillLineFactory(bill=issued, service=service, volume=Decimal("1.0000"))
        PostedPaymentFactory(account=account, received_on=period.first_day, service=service)


@pytest.mark.parametrize("query", READS)
def test_only_the_months_asked_for_come(actor, account, gas, query):
    fill(account, gas)

    assert [figure.period for figure in read(query, actor, account)] == [OCTOBER]


@pytest.mark.parametrize("query", READS)
def test_another_persons_figures_are_not_there(actor, account, gas, query):
    fill(account, gas)
    stranger = Actor.customer(UserFactory().pk)

    assert read(query, stranger, account) == []
    assert len(read(query, actor, account)) == 1


@pytest.mark.parametrize("query", READS)
def test_a_switched_off_section_has_no_figures(actor, account, gas, query):
    fill(account, gas)
    account.provider.policy.enabled_features.remove(Feature.STATISTICS)
    account.provider.policy.save()

    assert read(query, actor, account) == []


@pytest.mark.parametrize("query", READS)
def test_statistics_show_no_more_than_the_section_itself(actor, account, gas, query):
    """Statistics may be open to limited links where charges and payments are not (ACC-14)."""
    fill(account, gas)
    AccountLink.objects.update(level="limited", extended_at=None)
    policy = account.provider.policy
    policy.limited_features = [Feature.STATISTICS]
    policy.save()

    assert read(query, actor, account) == []

    policy.limited_features = [Feature.STATISTICS, Feature.CHARGES, Feature.PAYMENTS]
    policy.save()
    assert len(read(query, actor, account)) == 1


QUERIES = {READS[0]: 2, READS[1]: 1, READS[2]: 1}


@pytest.mark.parametrize("query", READS)
@pytest.mark.parametrize("months", [1, 3])
def test_the_number_of_queries_does_not_grow(
    account, gas, query, months, django_assert_num_queries
):
    for step in range(months):
        issued = bill(account, OCTOBER.plus(-step))
        BillLineFactory(bill=issued, service=gas, volume=Decimal("1.0000"))
        PostedPaymentFactory(account=account, received_on=OCTOBER.plus(-step).first_day)
    holder = Actor.customer(account.links.get().user_id)

    with django_assert_num_queries(QUERIES[query]):
        figures = read(query, holder, account, MonthRange(OCTOBER.plus(-5), OCTOBER))

    assert len(figures) == months
