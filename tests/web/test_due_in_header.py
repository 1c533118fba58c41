"""The sum due on every page of an account, and its refresh (BIL-09, ACC-30, 42)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.kernel.period import Period
from kabinet.providers.enums import Style
from tests.factories import (
    AccountFactory,
    BalanceFactory,
    BillFactory,
    ProviderFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LAST = Period.of(timezone.localdate()).plus(-1)
HTMX = {"HX-Request": "true"}


def url(name, account):
    return reverse(name, kwargs={"account_id": account.public_id})


def text_of(response):
    return " ".join(response.content.decode().split())


def header_of(response):
    """The words of the sum in the strip at the top."""
    page = text_of(response)
    if 'id="due-in-top"' not in page:
        return None
    return page.split('id="due-in-top"')[1].split("kb-top-sum")[1].split("</a>")[0]


@pytest.mark.parametrize("style", Style)
def test_every_page_of_an_account_has_it_and_it_costs_no_query(
    client, user, style, django_assert_num_queries
):
    account = AccountFactory(provider=ProviderFactory(style=style), holders=[user])
    BalanceFactory(account=account, amount=Decimal("1243.56"), as_of=timezone.now())

    with django_assert_num_queries(4):  # session, user, links; offices
        response = client.get(url("service-centre", account))

    assert 'К оплате <b class="num">1 243,56 ₽' in header_of(response)


def test_it_is_the_sum_of_the_home_page(client, user):
    account = AccountFactory(holders=[user])
    for name, amount in (("a", "100.00"), ("b", "50.25")):
        BillFactory(account=account, kind=name, period=LAST.first_day, total=Decimal(amount))
    BillFactory(account=account, period=LAST.plus(1).first_day, total=Decimal(999), final=False)
    BillFactory(account=account, period=LAST.plus(-1).first_day, total=Decimal(888))

    response = client.get(reverse("home"))

    assert "150,25" in header_of(response)
    assert "150<span>,25" in text_of(response)


def test_overpaid_rows_lessen_nothing_where_the_provider_says_so(client, user):
    provider = ProviderFactory(policy__clamp_negative_rows=True)
    account = AccountFactory(provider=provider, holders=[user])
    for amount in ("100.00", "-40.00"):
        BalanceFactory(account=account, amount=Decimal(amount))

    assert "100,00" in header_of(client.get(url("service-centre", account)))


def test_an_unknown_sum_is_a_dash_with_a_refresh_and_never_zero(client, user):
    account = AccountFactory(holders=[user])

    response = client.get(url("service-centre", account))

    assert "К оплате <b>—</b>" in header_of(response)
    assert url("account-due", account) in text_of(response)


@pytest.mark.parametrize(("months", "is_late"), [(-1, True), (1, False)])
def test_a_debt_past_its_day_is_said_in_a_word(client, user, months, is_late):
    account = AccountFactory(holders=[user])
    BillFactory(account=account, period=LAST.plus(months).first_day)

    assert ("просрочено" in header_of(client.get(url("service-centre", account)))) is is_late


def test_who_may_not_see_the_balance_does_not(client, user):
    provider = ProviderFactory(policy__limited_features=["meters"])
    limited = AccountFactory(provider=provider, limited=[user])
    BalanceFactory(account=limited, amount=Decimal("1243.56"))

    page = client.get(url("service-centre", limited))
    refreshed = client.get(url("account-due", limited), headers=HTMX)

    assert header_of(page) is None
    assert refreshed.status_code == 403
    for response in (page, refreshed):
        assert "243,56" not in text_of(response)


def test_of_several_accounts_it_is_the_open_ones(client, user):
    first, second = (AccountFactory(holders=[user]) for _ in range(2))
    BalanceFactory(account=first, amount=Decimal("10.00"))
    BalanceFactory(account=second, amount=Decimal("20.00"))

    assert "20,00" in header_of(client.get(url("service-centre", second)))
    assert "10,00" in header_of(client.get(url("service-centre", first)))


class TestRefresh:
    def test_a_change_at_the_provider_shows_at_once(self, client, user, django_assert_num_queries):
        account = AccountFactory(holders=[user])
        balance = BalanceFactory(account=account, amount=Decimal("10.00"))
        client.get(url("account-home", account))
        balance.amount = Decimal("25.50")
        balance.save()

        with django_assert_num_queries(3):  # session, user, links
            header = client.get(url("account-due", account), headers=HTMX)
        with django_assert_num_queries(4):  # and the latest bills
            card = client.get(url("account-due", account) + "?card", headers=HTMX)

        assert "25,50" in header_of(header)
        assert 'id="due"' not in text_of(header)
        assert "25,50" in header_of(card)
        assert "25<span>,50" in text_of(card)

    def test_without_javascript_the_link_is_the_page_itself(self, client, user):
        account = AccountFactory(holders=[user])
        address = url("contracts", account) + "?archive"

        page = text_of(client.get(address))

        assert f'href="{address}" hx-get="{url("account-due", account)}"' in page

    def test_opened_as_a_page_it_leads_home(self, client, user):
        account = AccountFactory(holders=[user])

        response = client.get(url("account-due", account))

        assert response.status_code == 302
        assert response["Location"] == url("account-home", account)

    def test_a_foreign_account_has_none(self, client, user):
        AccountFactory(holders=[user])
        foreign = AccountFactory(holders=[UserFactory()])
        BalanceFactory(account=foreign, amount=Decimal("1243.56"))

        response = client.get(url("account-due", foreign), headers=HTMX)

        assert response.status_code == 404
        assert "243,56" not in text_of(response)


def test_old_data_keep_the_last_value(client, user):
    account = AccountFactory(holders=[user])
    BalanceFactory(
        account=account, amount=Decimal("77.00"), as_of=timezone.now() - dt.timedelta(days=90)
    )

    assert "77,00" in header_of(client.get(url("service-centre", account)))
