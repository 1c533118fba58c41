"""What the payment page asks for, line by line, is what the header says is due (PAY-02, 47)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.accounts.queries import get_linked_accounts
from kabinet.billing.queries import get_top_due
from kabinet.kernel.actors import Actor
from kabinet.payments.queries.payables import get_payables
from tests.clock import NOW
from tests.factories import (
    AccountFactory,
    BalanceFactory,
    BillFactory,
    BillLineFactory,
    ProviderFactory,
    ServiceFactory,
    UserFactory,
)
from tests.factories.payments import paid

pytestmark = pytest.mark.django_db
OCTOBER = dt.date(2026, 10, 1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def user():
    return UserFactory()


def asked(user):
    """The lines' sums, after a check that the header says the same."""
    actor = Actor.customer(user.pk)
    (account,) = get_linked_accounts(actor=actor)
    payables = get_payables(actor=actor, accounts=[account], at=NOW)[account.id]
    assert payables.due == get_top_due(account=account, at=NOW).amount
    return [str(line.due.amount) for line in payables.lines]


def two_bills(user, *, clamp):
    """Bills that tell no services, as of a housing company and of a repair fund."""
    provider = ProviderFactory(policy__clamp_negative_rows=clamp)
    account = AccountFactory(provider=provider, holders=[user])
    for kind, total in (("капремонт", "300.00"), ("общая", "1000.00")):
        BillFactory(
            account=account, period=OCTOBER, kind=kind, total=Decimal(total), as_of=NOW - DAY
        )
    return account


@pytest.mark.parametrize("clamp", [True, False])
def test_of_two_bills_that_were_paid_here_neither_is_asked_for_again(user, clamp):
    account = two_bills(user, clamp=clamp)
    assert asked(user) == ["300.00", "1000.00"]

    paid(account=account, amount="1000.00")
    paid(account=account, amount="300.00")

    assert asked(user) == ["0.00", "0.00"]


def test_of_two_bills_that_were_paid_in_part_the_rest_is_asked_for(user):
    account = two_bills(user, clamp=True)

    paid(account=account, amount="1000.00")

    assert sum(map(Decimal, asked(user))) == Decimal("300.00")


@pytest.mark.parametrize(("clamp", "left"), [(True, "1000.00"), (False, "800.00")])
def test_of_two_bills_the_paid_one_goes_and_the_rest_of_the_other_is_asked_for(user, clamp, left):
    account = two_bills(user, clamp=clamp)

    paid(account=account, amount="200.00", receipt="капремонт")
    assert asked(user) == ["100.00", "1000.00"]

    paid(account=account, amount="300.00", receipt="капремонт")
    assert asked(user) == ["0.00", left]


@pytest.mark.parametrize(("penalty", "left"), [(None, "70.00"), ("5.00", "75.00")])
def test_where_no_penalty_is_told_all_that_was_paid_lessens_the_sum(user, penalty, left):
    provider = ProviderFactory(policy__clamp_negative_rows=True)
    account = AccountFactory(provider=provider, holders=[user])
    service = ServiceFactory(provider=account.provider)
    BalanceFactory(
        account=account,
        service=service,
        amount=Decimal("100.00"),
        penalty=penalty and Decimal(penalty),
    )

    paid(account=account, amount="30.00", penalty=Decimal("5.00"), service=service)

    assert asked(user) == [left]


def test_a_service_that_stands_in_two_bills_is_not_asked_for_again(user):
    account = two_bills(user, clamp=True)
    service = ServiceFactory(provider=account.provider, name="Вода")
    for bill in account.bills.all():
        BillLineFactory(bill=bill, service=service, charged=bill.total, closing=bill.total)

    paid(account=account, amount="1300.00", service=service)

    assert asked(user) == ["0.00", "0.00"]


def test_what_staff_have_settled_counts_as_far_as_the_provider_has_booked_it(user):
    account = AccountFactory(holders=[user])
    BillFactory(account=account, period=OCTOBER, total=Decimal("100.00"), as_of=NOW - DAY)
    entry = paid(account=account, amount="60.00", at=NOW)
    entry.posted, entry.closed_at = Decimal("20.00"), NOW
    entry.save()

    assert asked(user) == ["80.00"]
