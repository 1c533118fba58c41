"""What a person sees as due is the provider's figure less what was paid here and is not in it yet (PAY-47, XCH-10)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.accounts.queries import get_linked_accounts
from kabinet.billing import queries
from kabinet.billing.models import Balance
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
from tests.factories.payments import paid, refunded

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
OCTOBER = dt.date(2026, 10, 1)
DAY = dt.timedelta(days=1)


def roubles(text):
    return Money(Decimal(text))


@pytest.fixture
def user():
    return UserFactory()


def seen(user):
    """What is due by the page's own query, after a check that the header and the home page say the same."""
    actor = Actor.customer(user.pk)
    rows = get_linked_accounts(actor=actor)
    due = queries.get_due(actor=actor, account=rows[0], at=AT)
    home = queries.get_home_money(actor=actor, accounts=rows, account=rows[0], at=AT)
    top = queries.get_top_due(account=rows[0], at=AT)
    assert home.dues[rows[0].id] == due
    assert (top.amount, top.is_overdue, top.as_of) == (due.amount, due.is_overdue, due.as_of)
    return due


def test_a_payment_made_here_counts_at_once_and_says_so(user):
    account = AccountFactory(holders=[user])
    BalanceFactory(account=account, amount=Decimal("100.00"))
    assert seen(user).amount == roubles("100.00")

    paid(account=account, amount="30.00")

    assert (seen(user).amount, seen(user).paid_here) == (roubles("70.00"), roubles("30.00"))


def test_what_the_provider_has_booked_is_no_longer_taken_off(user):
    account = AccountFactory(holders=[user])
    BalanceFactory(account=account, amount=Decimal("100.00"))
    entry = paid(account=account, amount="30.00")
    entry.posted = entry.amount
    entry.save()

    assert (seen(user).amount, seen(user).paid_here) == (roubles("100.00"), roubles("0.00"))


def test_of_a_sum_booked_in_part_the_rest_is_still_taken_off(user):
    account = AccountFactory(holders=[user])
    BalanceFactory(account=account, amount=Decimal("100.00"))
    entry = paid(account=account, amount="30.00")
    entry.posted = Decimal("20.00")
    entry.save()

    assert seen(user).amount == roubles("90.00")


def test_what_staff_have_settled_by_hand_is_no_longer_taken_off(user):
    account = AccountFactory(holders=[user])
    BalanceFactory(account=account, amount=Decimal("100.00"))
    entry = paid(account=account, amount="30.00")
    entry.posted, entry.closed_at = Decimal("20.00"), AT
    entry.save()

    assert seen(user).amount == roubles("100.00")


def test_money_given_back_is_owed_again(user):
    account = AccountFactory(holders=[user])
    BalanceFactory(account=account, amount=Decimal("100.00"))
    refunded(paid(account=account, amount="30.00"), amount="10.00")

    assert seen(user).amount == roubles("80.00")


def test_a_payment_lessens_the_service_it_was_made_for(user):
    account = AccountFactory(holders=[user])
    gas, upkeep = (ServiceFactory(provider=account.provider, name=name) for name in ("Газ", "Уход"))
    supplier = SupplierFactory(provider=account.provider)
    BalanceFactory(account=account, service=gas, amount=Decimal("100.00"), penalty=Decimal("5.00"))
    BalanceFactory(account=account, service=upkeep, supplier=supplier, amount=Decimal("40.00"))
    paid(account=account, amount="45.00", service=gas, penalty=Decimal("5.00"))
    paid(account=account, amount="15.00", service=upkeep, supplier=supplier)

    due = seen(user)

    assert [(row.service_name, row.amount, row.penalty) for row in due.services] == [
        ("Газ", roubles("60.00"), roubles("0.00")),
        ("Уход", roubles("25.00"), None),
    ]
    assert (due.amount, due.penalty) == (roubles("85.00"), roubles("0.00"))


def test_a_payment_for_no_service_lessens_the_sum_alone(user):
    account = AccountFactory(holders=[user])
    BalanceFactory(account=account, amount=Decimal("100.00"))
    paid(account=account, amount="45.00")

    due = seen(user)

    assert (due.amount, due.services[0].amount) == (roubles("55.00"), roubles("100.00"))


def test_an_advance_for_one_service_pays_no_other_where_the_provider_says_so(user):
    provider = ProviderFactory(policy__clamp_negative_rows=True)
    account = AccountFactory(provider=provider, holders=[user])
    gas, upkeep = (ServiceFactory(provider=provider, name=name) for name in ("Газ", "Уход"))
    for service in (gas, upkeep):
        BalanceFactory(account=account, service=service, amount=Decimal("100.00"))
    entry = paid(account=account, amount="150.00", service=gas)

    before = seen(user)
    # The provider books it.
    entry.posted = entry.amount
    entry.save()
    Balance.objects.filter(account=account, service=gas).update(amount=Decimal("-50.00"))

    assert (before.amount, before.overpaid) == (roubles("100.00"), roubles("50.00"))
    assert (seen(user).amount, seen(user).overpaid) == (before.amount, before.overpaid)


@pytest.mark.parametrize(("paid_on", "left"), [(-DAY, "100.00"), (DAY, "70.00")])
def test_a_bill_cannot_hold_what_was_paid_after_it_confirmed_or_not(user, paid_on, left):
    account = AccountFactory(holders=[user])
    BillFactory(account=account, period=OCTOBER, total=Decimal("100.00"), as_of=NOON)
    entry = paid(account=account, amount="30.00", at=NOON + paid_on)
    assert seen(user).amount == roubles("70.00")

    entry.posted = entry.amount
    entry.save()

    assert seen(user).amount == roubles(left)


def test_a_bill_made_after_a_confirmed_payment_holds_it(user):
    account = AccountFactory(holders=[user])
    BillFactory(account=account, period=dt.date(2026, 9, 1), as_of=NOON - 30 * DAY)
    entry = paid(account=account, amount="30.00", at=NOON - 10 * DAY)
    entry.posted = entry.amount
    entry.save()
    assert seen(user).amount == roubles("70.00")

    BillFactory(account=account, period=OCTOBER, total=Decimal("170.00"), as_of=NOON)

    assert (seen(user).amount, seen(user).paid_here) == (roubles("170.00"), roubles("0.00"))


def test_a_bill_paid_in_full_here_is_not_overdue(user):
    account = AccountFactory(holders=[user])
    BillFactory(account=account, period=OCTOBER, total=Decimal("100.00"), as_of=NOON)
    assert seen(user).is_overdue

    paid(account=account, amount="100.00", at=AT)

    assert (seen(user).amount, seen(user).is_overdue) == (roubles("0.00"), False)


def test_without_figures_of_the_provider_the_due_stays_unknown(user):
    paid(account=AccountFactory(holders=[user]))

    assert seen(user).amount is None


def test_a_limited_link_sees_it_as_it_sees_the_balance(user):
    account = AccountFactory(limited=[user])
    BalanceFactory(account=account, amount=Decimal("100.00"))
    paid(account=account, amount="30.00")

    assert seen(user).amount == roubles("70.00")


def test_where_the_balance_is_closed_the_database_gives_no_payment_either(user):
    provider = ProviderFactory(policy__limited_features=[Feature.METERS])
    paid(account=AccountFactory(provider=provider, limited=[user]))

    (row,) = get_linked_accounts(actor=Actor.customer(user.pk))

    assert "paid_here" not in row.told


def test_anothers_payment_on_the_same_account_counts_and_one_on_another_account_does_not(user):
    account, other = AccountFactory(holders=[user]), AccountFactory()
    BalanceFactory(account=account, amount=Decimal("100.00"))
    paid(account=account, amount="30.00")
    paid(account=other, amount="55.00")

    assert seen(user).amount == roubles("70.00")


@pytest.mark.parametrize("count", [1, 3])
def test_it_comes_with_the_accounts_and_costs_no_query(user, count, django_assert_num_queries):
    for _ in range(count):
        account = AccountFactory(holders=[user])
        BalanceFactory(account=account, amount=Decimal("1000.00"))
        for _ in range(count):
            paid(account=account, amount="30.00")

    with django_assert_num_queries(1):  # the links
        rows = get_linked_accounts(actor=Actor.customer(user.pk))
        sums = [queries.get_top_due(account=row, at=AT).amount for row in rows]

    assert sums == [roubles(str(1000 - 30 * count) + ".00")] * count
