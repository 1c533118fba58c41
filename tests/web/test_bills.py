"""«Счета и платежи»: what the pages show, to whom, and in how many queries."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.kernel.money import Money
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature
from tests.factories import (
    AccountFactory,
    AccountServiceFactory,
    BalanceFactory,
    BillFactory,
    BillLineFactory,
    PostedPaymentFactory,
    ProviderFactory,
    ServiceFactory,
    TariffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LAST = Period.of(timezone.localdate()).plus(-1)
PAGES = ("bills", "charges", "settlements", "payments", "events", "tariffs")
FEATURES = {
    "bills": Feature.BILLS,
    "charges": Feature.CHARGES,
    "settlements": Feature.CHARGES,
    "charges-month": Feature.CHARGES,
    "payments": Feature.PAYMENTS,
    "events": Feature.CHARGES,
}


def address(name, account, **query):
    month = {"month": str(LAST)} if name == "charges-month" else {}
    return reverse(name, kwargs={"account_id": account.public_id, **month}, query=query or None)


def text_of(response):
    """The page's words with all kinds of spaces made plain."""
    return " ".join(response.content.decode().split())


def fill(account, months, services=2):
    """So many months of bills with lines and payments, newest last month, and balances."""
    offered = [
        ServiceFactory(provider=account.provider, name=f"Услуга {number}")
        for number in range(services)
    ]
    for back in range(months):
        period = LAST.plus(-back).first_day
        bill = BillFactory(account=account, period=period)
        for service in offered:
            BillLineFactory(bill=bill, service=service, opening=Decimal(0), closing=Decimal(100))
        PostedPaymentFactory(account=account, received_on=period, service=offered[0])
    for service in offered:
        BalanceFactory(account=account, service=service)
        AccountServiceFactory(account=account, service=service)
        TariffFactory(service=service)


QUERIES = {
    "bills": 8,
    "charges": 5,
    "settlements": 8,
    "charges-month": 6,
    "payments": 5,
    "events": 8,
    "tariffs": 5,
}


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize(("months", "services"), [(1, 1), (3, 3), (36, 9)])
def test_a_page_takes_the_same_queries_for_any_history(
    client, account, django_assert_num_queries, name, months, services
):
    fill(account, months, services)

    with django_assert_num_queries(QUERIES[name]):
        response = client.get(address(name, account))

    assert response.status_code == 200


@pytest.mark.parametrize("name", FEATURES)
def test_a_page_is_not_there_for_strangers(client, user, name):
    foreign = AccountFactory(holders=[UserFactory()])
    fill(foreign, 1)

    assert client.get(address(name, foreign)).status_code == 404


@pytest.mark.parametrize(("name", "feature"), FEATURES.items())
def test_a_section_switched_off_by_the_provider_is_not_there(client, user, name, feature):
    others = [other.value for other in Feature if other is not feature]
    account = AccountFactory(
        provider=ProviderFactory(policy__enabled_features=others), holders=[user]
    )

    assert client.get(address(name, account)).status_code == 404


@pytest.mark.parametrize("name", FEATURES)
def test_an_account_without_any_data_says_so_and_shows_no_sum(client, account, name):
    response = client.get(address(name, account))

    assert response.status_code == 200
    assert "0,00" not in text_of(response)


def test_tabs_lead_to_the_pages_that_the_provider_offers(client, user):
    offered = [Feature.BALANCE.value, Feature.BILLS.value, Feature.PAYMENTS.value]
    account = AccountFactory(
        provider=ProviderFactory(policy__enabled_features=offered), holders=[user]
    )

    tabs = client.get(address("bills", account)).context["tabs"]

    assert [(tab.url, tab.is_here) for tab in tabs] == [
        (address("bills", account), True),
        (address("payments", account), False),
        (address("tariffs", account), False),
    ]


def test_a_limited_link_sees_its_payments_and_locks_on_the_rest(client, user):
    account = AccountFactory(limited=[user])

    tabs = client.get(address("payments", account)).context["tabs"]

    assert [(tab.text, tab.is_locked) for tab in tabs] == [
        ("Счета", True),
        ("Начисления", True),
        ("По услугам", True),
        ("Платежи", False),
        ("События", True),
        ("Тарифы", False),
    ]


# bills


def test_the_list_shows_charged_and_due_with_the_word_for_an_overpayment(client, account):
    BillFactory(
        account=account,
        period=LAST.first_day,
        charged=Decimal("7.39"),
        opening=Decimal("-10.00"),
        total=Decimal("-2.61"),
        number="А-15",
    )

    page = text_of(client.get(address("bills", account)))

    assert "7,39 ₽" in page
    assert "переплата</small>" in page
    assert "2,61 ₽" in page
    assert "общая № А-15" in page


def test_bills_of_another_year_are_a_click_away(client, account):
    for year in (2024, 2025):
        BillFactory(account=account, period=dt.date(year, 5, 1))

    newest = client.get(address("bills", account)).context
    older = client.get(address("bills", account, year=2024)).context
    nonsense = client.get(address("bills", account, year="2024'--")).context

    assert (list(newest["years"].all), newest["year"], older["year"]) == ([2025, 2024], 2025, 2024)
    assert [str(bill.period) for bill in older["bills"]] == ["2024-05"]
    assert nonsense["year"] == 2025


def test_the_latest_bill_is_laid_out_with_its_penalty_apart(client, account):
    BillFactory(
        account=account,
        period=LAST.first_day,
        opening=Decimal("2779.92"),
        paid=Decimal(0),
        charged=Decimal("513.16"),
        total=Decimal("3293.08"),
        penalty_total=Decimal("17.30"),
        preliminary=Decimal("235.22"),
    )

    response = client.get(address("bills", account))
    (table,) = response.context["tables"]
    page = text_of(response)

    assert table.services.total_with_preliminary == Money(Decimal("3528.30"))
    assert response.context["due"].amount == Money(Decimal("3310.38"))
    assert "17,30 ₽" in page
    assert "не окончательно" in page


# charges


def test_charges_are_found_by_the_words_for_a_month(client, account):
    for back in range(14):
        BillFactory(account=account, period=LAST.plus(-back).first_day)

    history = client.get(
        address("charges", account, text=f"{LAST.plus(-12).month:02d}.{LAST.plus(-12).year}")
    ).context["history"]

    assert [month.period for month in history.months] == [LAST.plus(-12)]


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ({"text": "сумма"}, "Напишите месяц, год или то и другое"),
        ({"first": "май"}, "Напишите месяц и год"),
        ({"first": "2026-05", "last": "2026-01"}, "Начало позже конца"),
    ],
)
def test_a_search_that_is_not_understood_says_how_to_write(client, account, query, hint):
    response = client.get(address("charges", account, **query))

    assert response.status_code == 422
    assert hint in text_of(response)


def test_history_is_cut_to_what_the_provider_shows_with_a_note(client, user):
    account = AccountFactory(
        provider=ProviderFactory(policy__bill_history_months=6), holders=[user]
    )
    for back in range(12):
        BillFactory(account=account, period=LAST.plus(-back).first_day)

    whole = client.get(address("charges", account))
    asked = client.get(address("charges", account, first=str(LAST.plus(-11))))

    assert len(whole.context["history"].months) == len(asked.context["history"].months) == 6
    assert "более ранние сюда не вошли" in text_of(asked)
    assert "более ранние сюда не вошли" not in text_of(whole)


def test_an_open_month_ends_with_a_dash(client, account):
    BillFactory(account=account, period=LAST.first_day, final=False, total=Decimal("777.77"))

    assert "777,77" not in text_of(client.get(address("charges", account)))
    assert "777,77" not in text_of(client.get(address("charges-month", account)))


@pytest.mark.parametrize(
    ("volume", "unit", "basis", "told"),
    [
        ("1", "шт.", "other", ["78,96 ₽", "фиксированная плата"]),
        ("1", "шт.", "heads", ["78,96 ₽", "фиксированная плата число жильцов"]),
        ("2", "шт.", "other", ["78,96 ₽/шт.", "2 шт."]),
        ("1", "м³", "other", ["78,96 ₽/м³", "1 м³"]),
        ("1", "м³", "meter", ["78,96 ₽/м³", "1 м³ счётчик"]),
    ],
)
def test_how_a_charge_was_counted_is_told_in_words(client, account, volume, unit, basis, told):
    BillLineFactory(
        bill=BillFactory(account=account, period=LAST.first_day),
        tariff=Decimal("78.96"),
        volume=Decimal(volume),
        unit=unit,
        basis=basis,
    )

    page = client.get(address("charges-month", account)).content.decode()

    cells = re.findall(r'data-label="(?:Тариф|Объём)">(.*?)</td>', page)
    assert [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells] == told


@pytest.mark.parametrize("month", ["2026-13", "2026", "октябрь", "0000-01"])
def test_an_address_without_a_month_is_not_there(client, account, month):
    url = reverse("charges-month", kwargs={"account_id": account.public_id, "month": month})

    assert client.get(url).status_code == 404


def test_a_reversal_is_shown_as_it_is(client, account):
    bill = BillFactory(account=account, period=LAST.first_day, charged=Decimal("-2574.90"))
    BillLineFactory(bill=bill, charged=Decimal("-2574.90"), volume=Decimal(-465))

    page = client.get(address("charges-month", account)).content.decode()

    assert "−2\u00a0574,90\u00a0₽" in page
    assert "−465\u00a0м³" in page


@pytest.mark.parametrize(
    ("style", "written"),
    [("A", "50,00\u00a0₽"), ("B", "50,00\u00a0₽"), ("D", "−50,00\u00a0₽")],
)
def test_payments_are_written_as_the_kind_of_system_does(client, user, style, written):
    account = AccountFactory(provider=ProviderFactory(style=style), holders=[user])
    PostedPaymentFactory(account=account, received_on=LAST.first_day, amount=Decimal(50))

    page = client.get(address("payments", account)).content.decode()

    assert f"<span>{written}</span>" in page


@pytest.mark.parametrize(
    ("sign", "opening", "written"),
    [
        ("negative_debt", "5899.95", "−5\u00a0899,95\u00a0₽ <small"),
        ("negative_debt", "-2.60", "<span>2,60\u00a0₽ <small"),
        ("positive_debt", "4.79", ">4,79\u00a0₽</td>"),
        ("positive_debt", "-2.60", "−2,60\u00a0₽ <small"),
        ("words", "-2.60", "<span>2,60\u00a0₽ <small"),
    ],
)
def test_balances_in_tables_are_written_in_the_providers_manner(
    client, user, sign, opening, written
):
    account = AccountFactory(provider=ProviderFactory(policy__balance_sign=sign), holders=[user])
    BillFactory(account=account, period=LAST.first_day, opening=Decimal(opening))

    assert written in client.get(address("charges", account)).content.decode()


# settlements


def test_settlements_of_style_a_carry_their_own_name(client, user):
    account = AccountFactory(provider=ProviderFactory(style="A"), holders=[user])

    assert "Взаиморасчёты</h1>" in text_of(client.get(address("settlements", account)))


def test_a_service_shows_only_the_columns_that_the_provider_fills(client, account):
    bill = BillFactory(account=account, period=LAST.first_day)
    BillLineFactory(bill=bill, benefit=Decimal("12.25"))

    page = text_of(client.get(address("settlements", account)))

    assert "Льготы" in page
    assert "Корректировка" not in page
    assert "Снято за качество" not in page


# payments


def test_a_payment_not_yet_processed_is_marked_accepted(client, account):
    PostedPaymentFactory(account=account, received_on=LAST.first_day)

    assert "принят</span>" in text_of(client.get(address("payments", account)))


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ({"text": "привет"}, "Напишите дату или сумму"),
        ({"first": "вчера"}, "Напишите дату: 03.05.2026."),
        ({"first": "2026-05-02", "last": "2026-05-01"}, "Начало позже конца"),
    ],
)
def test_a_payment_search_that_is_not_understood_says_how_to_write(client, account, query, hint):
    response = client.get(address("payments", account, **query))

    assert response.status_code == 422
    assert hint in text_of(response)


def test_payments_are_found_by_their_sum(client, account):
    for amount in ("1.00", "1111.10"):
        PostedPaymentFactory(account=account, received_on=LAST.first_day, amount=Decimal(amount))

    found = client.get(address("payments", account, text="1111")).context["found"]

    assert (found.count, found.total) == (1, Money(Decimal("1111.10")))
    assert [payment.amount for payment in found.payments] == [Money(Decimal("1111.10"))]


def test_what_the_provider_writes_is_never_markup(client, account):
    PostedPaymentFactory(
        account=account, received_on=LAST.first_day, source="<script>alert(1)</script>"
    )
    BillFactory(account=account, period=LAST.first_day, kind="<img src=x>", number="<b>")

    for name in ("payments", "bills", "charges-month"):
        page = client.get(address(name, account)).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x>" not in page
