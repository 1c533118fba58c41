"""The sum due that comes along with a person's links is the sum that the pages ask for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.accounts.queries import get_linked_accounts
from kabinet.billing import queries
from kabinet.billing.queries.told import BALANCES, LATEST_BILLS
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.providers.enums import Feature
from tests.factories import (
    NOON,
    AccountFactory,
    BalanceFactory,
    BillFactory,
    ProviderFactory,
    ServiceFactory,
    SupplierFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
OCTOBER = dt.date(2026, 10, 1)


@pytest.fixture
def user():
    return UserFactory()


def row_of(user):
    (row,) = get_linked_accounts(actor=Actor.customer(user.pk))
    return row


def same_as_asked(user):
    """The header's figure, after a check that the pages' own query gives the same."""
    row = row_of(user)
    top = queries.get_top_due(account=row, at=AT)
    asked = queries.get_due(actor=Actor.customer(user.pk), account=row, at=AT)
    assert (top.amount, top.is_overdue, top.as_of) == (
        asked.amount,
        asked.is_overdue,
        asked.as_of,
    )
    return top


def test_balances_by_service_with_penalties(user):
    account = AccountFactory(holders=[user])
    supplier = SupplierFactory(provider=account.provider)
    for name, amount, penalty in [("Газ", "1200.10", "5.05"), ("Уход", "-43.56", None)]:
        BalanceFactory(
            account=account,
            service=ServiceFactory(provider=account.provider, name=name),
            supplier=supplier if penalty else None,
            amount=Decimal(amount),
            penalty=penalty and Decimal(penalty),
            as_of=NOON,
        )

    assert same_as_asked(user).amount == Money(Decimal("1161.59"))


def test_without_balances_the_bills_of_the_last_closed_month(user):
    account = AccountFactory(holders=[user])
    for kind, total in [("газ", "700.10"), ("уход", "45.00")]:
        BillFactory(
            account=account,
            period=OCTOBER,
            kind=kind,
            total=Decimal(total),
            penalty_total=Decimal("0.90"),
        )
    BillFactory(account=account, period=dt.date(2026, 9, 1), total=Decimal("9.00"))
    BillFactory(account=account, period=dt.date(2026, 11, 1), total=Decimal(1), final=False)

    assert same_as_asked(user).amount == Money(Decimal("746.90"))
    assert same_as_asked(user).is_overdue is True


@pytest.mark.parametrize("clamp", [False, True])
def test_overpaid_rows_go_by_the_providers_rule(user, clamp):
    provider = ProviderFactory(policy__clamp_negative_rows=clamp)
    account = AccountFactory(provider=provider, holders=[user])
    for amount in ("100.00", "-40.00"):
        BalanceFactory(account=account, amount=Decimal(amount))

    assert same_as_asked(user).amount == Money(Decimal("100.00" if clamp else "60.00"))


def test_nothing_told_is_unknown_and_never_zero(user):
    AccountFactory(holders=[user])

    assert same_as_asked(user) == queries.TopDueRow(None, is_overdue=False, as_of=None)


@pytest.mark.parametrize(
    "policy",
    [{"limited_features": [Feature.METERS]}, {"enabled_features": [Feature.METERS]}],
)
def test_where_the_balance_is_closed_the_database_itself_gives_nothing(user, policy):
    rules = {f"policy__{name}": value for name, value in policy.items()}
    account = AccountFactory(provider=ProviderFactory(**rules), limited=[user])
    BalanceFactory(account=account)
    BillFactory(account=account, period=OCTOBER)

    row = row_of(user)

    assert {BALANCES, LATEST_BILLS}.isdisjoint(row.told)
    assert queries.get_top_due(account=row, at=AT) is None


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_no_query_of_its_own(user, count, django_assert_num_queries):
    for _ in range(count):
        account = AccountFactory(holders=[user])
        for number in range(count):
            BalanceFactory(account=account)
            BillFactory(account=account, period=OCTOBER, kind=str(number))

    with django_assert_num_queries(1):  # the links
        rows = get_linked_accounts(actor=Actor.customer(user.pk))
        sums = [queries.get_top_due(account=row, at=AT).amount for row in rows]

    assert sums == [Money(Decimal(100 * count))] * count
