from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.db.models.functions import TruncMonth

from kabinet.billing.models import Balance
from kabinet.billing.scopes import visible_balances
from kabinet.kernel.actors import SYSTEM, Actor, Role
from kabinet.kernel.prepared import Prepared
from tests.factories import (
    AccountFactory,
    BalanceFactory,
    ServiceFactory,
    SupplierFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def balances_since(actor, account_ids, day):
    found = visible_balances(actor).filter(account__in=account_ids, as_of__date__gte=day)
    return found.select_related("service__provider", "supplier").order_by("pk")


@pytest.fixture
def prepared():
    return Prepared(balances_since)


LONG_AGO = dt.date(2000, 1, 1)


def amounts(rows):
    return [row.amount for row in rows]


def test_each_person_gets_their_own_rows_from_the_same_sql(prepared):
    people = [UserFactory(), UserFactory()]
    accounts = [AccountFactory(holders=[person]) for person in people]
    for account, amount in zip(accounts, ("1.00", "2.00"), strict=True):
        BalanceFactory(account=account, amount=Decimal(amount))
    ids = tuple(account.pk for account in accounts)

    seen = [amounts(prepared(Actor.customer(person.pk), ids, LONG_AGO)) for person in people]

    assert seen == [[Decimal("1.00")], [Decimal("2.00")]]
    assert prepared(Actor.customer(UserFactory().pk), ids, LONG_AGO) == []


def test_objects_come_whole_with_what_was_joined(prepared, django_assert_num_queries):
    user = UserFactory()
    account = AccountFactory(holders=[user])
    whole = BalanceFactory(account=account, supplier=SupplierFactory(provider=account.provider))
    bare = BalanceFactory(account=account)

    with django_assert_num_queries(1):
        first, second = prepared(Actor.customer(user.pk), (account.pk,), LONG_AGO)
        assert first == whole
        assert first.service.provider.name == account.provider.name
        assert first.supplier.name == whole.supplier.name
        assert second.pk == bare.pk
        assert second.supplier is None


def test_days_and_the_number_of_ids_change_from_call_to_call(prepared):
    user = UserFactory()
    actor = Actor.customer(user.pk)
    accounts = [AccountFactory(holders=[user]) for _ in range(3)]
    for account in accounts:
        BalanceFactory(account=account)
    ids = tuple(account.pk for account in accounts)

    assert [len(prepared(actor, ids[:size], LONG_AGO)) for size in (1, 3, 2, 0)] == [1, 3, 2, 0]
    assert prepared(actor, ids, dt.date(2100, 1, 1)) == []


def test_staff_and_the_system_go_the_ordinary_way(prepared):
    balance = BalanceFactory()
    ids = (balance.account_id,)
    grants = frozenset({(balance.account.provider_id, Role.OPERATOR)})
    staff = Actor.customer(UserFactory().pk)
    staff = Actor(staff.kind, user_id=staff.user_id, grants=grants)

    assert prepared(SYSTEM, ids, LONG_AGO) == [balance]
    assert prepared(staff, ids, LONG_AGO) == [balance]
    assert prepared(Actor.customer(UserFactory().pk), ids, LONG_AGO) == []


def test_a_query_that_leaves_a_value_out_is_refused():
    forgetful = Prepared(lambda actor, _account_id: visible_balances(actor))

    with pytest.raises(TypeError, match="leaves a value out"):
        forgetful(Actor.customer(1), 5)


def test_a_query_that_looks_into_its_values_is_refused():
    def curious(account_id):
        found = Balance.objects.filter(account=account_id)
        return found.order_by("pk") if account_id % 1000 < 500 else found.order_by("-pk")

    with pytest.raises(TypeError, match="looks into the values"):
        Prepared(curious)(5)


def test_a_query_that_turns_on_the_values_given_is_refused():
    """Both stand-ins are far in the future, so only the day given shows it."""

    def curious(day):
        found = Balance.objects.filter(as_of__date__gte=day)
        return found.order_by("pk") if day > LONG_AGO else found.order_by("-pk")

    with pytest.raises(TypeError, match="looks into the values"):
        Prepared(curious)(LONG_AGO)


def test_the_check_of_calls_finds_a_statement_that_no_longer_fits():
    def curious(day):
        found = Balance.objects.filter(as_of__date__gte=day)
        return found.order_by("pk") if day > LONG_AGO else found.order_by("-pk")

    prepared = Prepared(curious)
    prepared(dt.date(2026, 11, 21))

    with pytest.raises(AssertionError):
        prepared(LONG_AGO)


def sums_by_month(actor, account_id, day):
    found = visible_balances(actor).filter(account=account_id, as_of__date__gte=day).order_by()
    return found.values_list(TruncMonth("as_of"), "service__name").annotate(Sum("amount"))


def test_sums_come_as_the_tuples_that_django_would_give():
    user = UserFactory()
    account = AccountFactory(holders=[user])
    service = ServiceFactory(provider=account.provider)
    for supplier in SupplierFactory.create_batch(2, provider=account.provider):
        BalanceFactory(account=account, service=service, supplier=supplier, amount=Decimal("1.50"))
    asked = (Actor.customer(user.pk), account.pk, LONG_AGO)

    (row,) = Prepared(sums_by_month)(*asked)

    assert row == sums_by_month(*asked).get()
    assert row[1:] == (service.name, Decimal("3.00"))
