from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.accounts.queries import get_linked_accounts
from kabinet.billing import queries
from kabinet.kernel.actors import Actor
from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature
from tests.factories import (
    NOON,
    AccountFactory,
    BalanceFactory,
    BillFactory,
    ProviderFactory,
    ServiceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 10, 9, 0, tzinfo=dt.UTC)
OCTOBER = dt.date(2026, 10, 1)


def roubles(text):
    return Money(Decimal(text))


@pytest.fixture
def user():
    return UserFactory()


def due_of(user, account, at=AT):
    actor = Actor.customer(user.pk)
    (row,) = [row for row in get_linked_accounts(actor=actor) if row.id == account.pk]
    return queries.get_due(actor=actor, account=row, at=at)


def test_balances_of_all_services_make_the_due_and_stand_apart(user):
    account = AccountFactory(holders=[user])
    gas = ServiceFactory(provider=account.provider, name="Газ")
    upkeep = ServiceFactory(provider=account.provider, name="Обслуживание")
    BalanceFactory(account=account, service=upkeep, amount=Decimal("43.56"), as_of=AT)
    BalanceFactory(
        account=account, service=gas, amount=Decimal(1200), penalty=Decimal("5.00"), as_of=NOON
    )

    due = due_of(user, account)

    assert due.amount == roubles("1248.56")
    assert due.penalty == roubles("5.00")
    assert [(row.service_name, row.amount, row.penalty) for row in due.services] == [
        ("Газ", roubles("1200.00"), roubles("5.00")),
        ("Обслуживание", roubles("43.56"), None),
    ]
    assert due.as_of == min(NOON, AT)
    assert not due.from_bill


def test_without_balances_the_latest_bill_speaks_and_names_its_month(user):
    account = AccountFactory(holders=[user])
    BillFactory(account=account, period=dt.date(2026, 9, 1), total=Decimal("10.00"))
    BillFactory(
        account=account,
        period=OCTOBER,
        total=Decimal("700.10"),
        penalty_total=Decimal("0.90"),
    )

    due = due_of(user, account)

    assert (due.amount, due.penalty) == (roubles("701.00"), roubles("0.90"))
    assert (due.from_bill, due.period) == (True, Period(2026, 10))


def test_without_any_data_the_due_is_unknown_and_not_zero(user):
    due = due_of(user, AccountFactory(holders=[user]))

    assert due.amount is None
    assert due.as_of is None
    assert due.bills == ()
    assert not due.is_overdue
    assert not due.is_stale


def test_an_open_month_does_not_speak_for_the_due(user):
    account = AccountFactory(holders=[user])
    BillFactory(account=account, period=OCTOBER, total=Decimal("10.00"))
    BillFactory(account=account, period=dt.date(2026, 11, 1), total=Decimal(210), final=False)
    actor = Actor.customer(user.pk)
    rows = get_linked_accounts(actor=actor)

    home = queries.get_home_money(actor=actor, accounts=rows, account=rows[0], at=AT)

    for due in (due_of(user, account), home.dues[account.pk]):
        assert (due.amount, due.period) == (roubles("10.00"), Period(2026, 10))
    assert [bill.final for bill in home.bills] == [False, True]


def test_bills_of_several_kinds_in_the_latest_month_add_up(user):
    account = AccountFactory(holders=[user])
    for kind, total in (("Объединённая", "500.00"), ("ХВС и ВО", "120.30")):
        BillFactory(account=account, period=OCTOBER, kind=kind, total=Decimal(total))

    assert due_of(user, account).amount == roubles("620.30")


@pytest.mark.parametrize(
    ("clamp", "amount", "overpaid"),
    [(True, "100.00", "14.62"), (False, "85.38", "0.00")],
)
def test_an_overpaid_row_lessens_the_due_only_where_the_provider_sets_it_off(
    user, clamp, amount, overpaid
):
    provider = ProviderFactory(policy__clamp_negative_rows=clamp)
    account = AccountFactory(provider=provider, holders=[user])
    BalanceFactory(account=account, amount=Decimal(100), penalty=Decimal("-14.62"))

    due = due_of(user, account)

    assert (due.amount, due.overpaid) == (roubles(amount), roubles(overpaid))


def test_an_overpaid_account_stays_overpaid_even_where_rows_are_clamped(user):
    provider = ProviderFactory(policy__clamp_negative_rows=True)
    account = AccountFactory(provider=provider, holders=[user])
    BalanceFactory(account=account, amount=Decimal("-250.00"))

    due = due_of(user, account)

    assert (due.amount, due.overpaid) == (roubles("-250.00"), roubles("0.00"))


@pytest.mark.parametrize(("day", "overdue"), [(15, False), (16, True)])
def test_a_debt_is_overdue_after_the_providers_day_of_the_next_month(user, day, overdue):
    account = AccountFactory(holders=[user])
    BillFactory(account=account, period=OCTOBER, total=Decimal("700.10"))

    due = due_of(user, account, dt.datetime(2026, 11, day, 12, 0, tzinfo=dt.UTC))

    assert (due.due_on, due.is_overdue) == (dt.date(2026, 11, 15), overdue)


def test_the_due_day_ends_at_the_providers_midnight_and_not_at_greenwichs(user):
    provider = ProviderFactory(timezone="Asia/Yekaterinburg")
    account = AccountFactory(provider=provider, holders=[user])
    BillFactory(account=account, period=OCTOBER, total=Decimal("1.00"))

    due = due_of(user, account, dt.datetime(2026, 11, 15, 19, 30, tzinfo=dt.UTC))

    assert due.is_overdue


@pytest.mark.parametrize("total", ["0.00", "-2.60"])
def test_where_nothing_is_owed_nothing_falls_due(user, total):
    account = AccountFactory(holders=[user])
    BillFactory(account=account, period=OCTOBER, total=Decimal(total))

    due = due_of(user, account, dt.datetime(2026, 12, 1, tzinfo=dt.UTC))

    assert (due.amount, due.due_on, due.is_overdue) == (roubles(total), None, False)


def test_data_older_than_the_provider_promises_are_marked(user):
    provider = ProviderFactory(policy__max_data_age_hours=24)
    account = AccountFactory(provider=provider, holders=[user])
    BalanceFactory(account=account, as_of=AT - dt.timedelta(hours=25))

    assert due_of(user, account).is_stale
    assert not due_of(user, account, AT - dt.timedelta(hours=2)).is_stale


def test_a_section_switched_off_leaves_the_due_unknown(user):
    provider = ProviderFactory(policy__enabled_features=[Feature.BILLS.value])
    account = AccountFactory(provider=provider, holders=[user])
    BalanceFactory(account=account)
    BillFactory(account=account, period=OCTOBER)

    due = due_of(user, account)

    assert (due.amount, due.services, due.bills) == (None, (), ())


def test_a_limited_link_sees_the_due_but_cannot_download_the_bill(user):
    account = AccountFactory(limited=[user])
    BillFactory(account=account, period=OCTOBER, total=Decimal("5.00"))

    due = due_of(user, account)

    assert due.amount == roubles("5.00")
    assert [bill.public_id for bill in due.bills] == [None]


def test_nobody_sees_what_a_stranger_owes(user):
    account = AccountFactory(holders=[user])
    BalanceFactory(account=account)
    BillFactory(account=account, period=OCTOBER)
    (row,) = get_linked_accounts(actor=Actor.customer(user.pk))

    due = queries.get_due(actor=Actor.customer(UserFactory().pk), account=row, at=AT)

    assert (due.amount, due.services, due.bills) == (None, (), ())


@pytest.mark.parametrize("accounts", [1, 3])
@pytest.mark.parametrize("months", [1, 24])
def test_the_home_pages_money_takes_one_query(user, accounts, months, django_assert_num_queries):
    for _ in range(accounts):
        account = AccountFactory(holders=[user])
        BalanceFactory(account=account)
        for back in range(months):
            BillFactory(account=account, period=Period(2026, 10).plus(-back).first_day)
    actor = Actor.customer(user.pk)
    rows = get_linked_accounts(actor=actor)

    with django_assert_num_queries(1):  # the balances came with the accounts
        money = queries.get_home_money(actor=actor, accounts=rows, account=rows[0], at=AT)

    assert len(money.dues) == accounts
    assert money.total == roubles(f"{accounts * 100}.00")
    assert len(money.bills) == min(months, 3)
    assert [str(period) for period, amount in money.months if amount is not None] == [
        str(Period(2026, 10).plus(-back)) for back in reversed(range(min(months, 12)))
    ]


def test_one_accounts_overpayment_pays_nothing_of_anothers_debt(user):
    for amount in ("100.00", "-40.00"):
        BalanceFactory(account=AccountFactory(holders=[user]), amount=Decimal(amount))
    actor = Actor.customer(user.pk)
    rows = get_linked_accounts(actor=actor)

    money = queries.get_home_money(actor=actor, accounts=rows, account=rows[0], at=AT)

    assert money.total == roubles("100.00")


def test_a_limited_link_gets_no_bills_and_no_charges_on_the_home_page(user):
    account = AccountFactory(limited=[user])
    BillFactory(account=account, period=OCTOBER)
    actor = Actor.customer(user.pk)
    rows = get_linked_accounts(actor=actor)

    money = queries.get_home_money(actor=actor, accounts=rows, account=rows[0], at=AT)

    assert (money.bills, money.months) == ((), ())
    assert money.dues[account.pk].amount == roubles("100.00")
