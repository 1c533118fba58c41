"""The pages say how much of the sum was paid here and is not in the provider's books (PAY-47)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.kernel.period import Period
from tests.factories import AccountFactory, BalanceFactory, BillFactory, UserFactory
from tests.factories.payments import paid, refunded

pytestmark = pytest.mark.django_db
PAGES = ["account-home", "bills"]


@pytest.fixture
def account(client):
    user = UserFactory()
    client.force_login(user)
    return AccountFactory(holders=[user])


def text_of(client, page, account):
    response = client.get(reverse(page, kwargs={"account_id": account.public_id}))
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def owe(account, amount):
    return BalanceFactory(account=account, amount=Decimal(amount), as_of=timezone.now())


@pytest.mark.parametrize("page", PAGES)
def test_the_sum_is_less_by_what_was_paid_here_and_says_so(client, account, page):
    owe(account, "1000.00")
    paid(account=account, amount="300.50", at=timezone.now())

    text = text_of(client, page, account)

    assert "Оплаченные здесь 300,50 ₽ уже вычтены: поставщик их ещё не учёл." in text
    assert "699" in text


@pytest.mark.parametrize("page", PAGES)
def test_once_the_provider_has_booked_it_nothing_is_said(client, account, page):
    owe(account, "1000.00")
    entry = paid(account=account, amount="300.50", at=timezone.now())
    entry.posted = entry.amount
    entry.save()

    assert "Оплаченные здесь" not in text_of(client, page, account)


def test_without_balances_the_last_bill_is_named(client, account):
    month = Period.of(timezone.localdate()).plus(-1)
    made = timezone.now() - dt.timedelta(days=2)
    BillFactory(account=account, period=month.first_day, as_of=made)
    paid(account=account, amount="30.00", at=timezone.now())

    text = text_of(client, "account-home", account)

    assert "Оплаченные здесь 30,00 ₽ уже вычтены: в последнем счёте их ещё нет." in text


def test_money_given_back_is_said_to_be_owed_again(client, account):
    owe(account, "1000.00")
    entry = paid(account=account, amount="30.00", at=timezone.now())
    entry.posted = entry.amount
    entry.save()
    refunded(entry, amount="20.00", at=timezone.now())

    text = text_of(client, "account-home", account)

    assert "Возвращённые вам 20,00 ₽ прибавлены: поставщик возврат ещё не учёл." in text


def test_the_last_payment_made_here_is_told_whole(client, account):
    entry = paid(account=account, amount="300.50", at=timezone.now())
    paid(account=account, amount="20.00", at=timezone.now(), part=entry.item.part)
    checkout = entry.item.part.checkout
    checkout.user_id = client.session["_auth_user_id"]
    checkout.save()

    assert "Последний платёж — 320,50 ₽" in text_of(client, "payments", account)
