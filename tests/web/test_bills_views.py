"""Events, tariffs, settlements with their lines, long lists and files of the bills section."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.billing.models import Bill, BillDocument
from kabinet.kernel.period import Period
from kabinet.ui import formatting
from tests.factories import (
    AccountFactory,
    AccountServiceFactory,
    BillFactory,
    BillLineFactory,
    MeterFactory,
    PostedPaymentFactory,
    ProviderFactory,
    ReadingFactory,
    ServiceFactory,
    SupplierFactory,
    TariffFactory,
)

pytestmark = pytest.mark.django_db
THIS = Period.of(timezone.localdate())
LAST = THIS.plus(-1)
SINCE = THIS.plus(-36)


def address(name, account, **query):
    return reverse(name, kwargs={"account_id": account.public_id}, query=query or None)


def words(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


# events


def test_events_come_half_a_year_at_a_time_and_lead_to_the_older_ones(client, account):
    for back in range(8):
        BillFactory(account=account, period=LAST.plus(-back).first_day)

    newest = client.get(address("events", account))
    older = client.get(address("events", account, to=str(newest.context["earlier"])))

    assert [month.period for month in newest.context["events"].months] == list(LAST.back(6))
    assert newest.context["later"] is None
    assert [month.period for month in older.context["events"].months] == [
        LAST.plus(-6),
        LAST.plus(-7),
    ]
    assert (older.context["earlier"], older.context["later"]) == (None, LAST)


def test_events_begin_where_something_happened_last(client, account):
    PostedPaymentFactory(account=account, received_on=LAST.plus(-20).first_day)

    events = client.get(address("events", account)).context["events"]

    assert [month.period for month in events.months] == [LAST.plus(-20)]


def test_a_reading_given_this_month_is_an_event_before_any_bill_of_the_month(client, account):
    BillFactory(account=account, period=LAST.first_day)
    meter = MeterFactory(account=account, zones=["T1", "T2", "T3"])
    ReadingFactory(meter=meter, zone="T3", taken_on=THIS.first_day)

    page = client.get(address("events", account))
    months = page.context["events"].months

    assert [(month.period, len(month.events)) for month in months] == [(THIS, 1), (LAST, 2)]
    assert f"{meter.service.name}, T3, полупик" in words(page)


def test_events_before_the_shown_history_are_cut_with_a_note(client, account):
    BillFactory(account=account, period=LAST.first_day)
    BillFactory(account=account, period=SINCE.plus(-1).first_day)

    response = client.get(address("events", account, to="2001-01"))

    assert response.context["cut_to"] == SINCE
    assert response.context["events"].months == ()
    shown = f"Поставщик показывает события с {formatting.month_of(SINCE)}: более ранних здесь нет."
    assert shown in words(response)


def test_a_month_of_events_gives_its_bill_as_a_file(client, account):
    bill = BillFactory(account=account, period=LAST.first_day)

    page = words(client.get(address("events", account)))

    file = reverse("bill-pdf", kwargs={"account_id": account.public_id, "bill_id": bill.public_id})
    assert f'href="{file}"' in page
    assert "Скачать квитанцию" in page


def test_no_events_at_all_says_what_will_come(client, account):
    page = words(client.get(address("events", account)))

    assert "Событий пока нет" in page


@pytest.mark.parametrize("asked", ["", "2026", "13.2026", "²⁰²⁶-01", "9999-99", "0000-01"])
def test_an_address_that_names_no_month_shows_the_newest(client, account, asked):
    BillFactory(account=account, period=LAST.first_day)

    months = client.get(address("events", account, to=asked)).context["events"].months

    assert [month.period for month in months] == [LAST]


# tariffs


def tariffs(account, *prices):
    service = ServiceFactory(provider=account.provider, name="Газ")
    AccountServiceFactory(account=account, service=service)
    for back, price, fields in prices:
        TariffFactory(
            service=service,
            valid_from=THIS.plus(-back).first_day,
            price=Decimal(price),
            **fields,
        )


def test_tariffs_show_the_price_now_and_of_any_month_with_what_set_it(client, account):
    tariffs(
        account,
        (20, "7.000000", {"document": "Приказ № 1", "document_url": "https://law.example/1"}),
        (5, "8.125000", {"document": "Приказ № 2"}),
    )

    now = client.get(address("tariffs", account))
    then = client.get(address("tariffs", account, month=str(THIS.plus(-10))))

    (service,) = now.context["services"]
    assert [row.price for row in service.in_month] == [Decimal("8.125")]
    assert [row.price for row in service.history] == [Decimal("8.125"), Decimal(7)]
    (service,) = then.context["services"]
    assert [row.price for row in service.in_month] == [Decimal(7)]
    assert "8,125 ₽/м³" in words(now)
    assert "7,00 ₽/м³" in words(now)
    assert (
        '<a href="https://law.example/1" target="_blank" rel="noopener noreferrer external">Приказ № 1'
        in words(now)
    )


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "//evil.example/x", "data:text/html,x", "приказ.pdf", "http://[bad"],
)
def test_only_a_web_address_becomes_a_link(client, account, url):
    tariffs(account, (5, "8", {"document": "Приказ № 2", "document_url": url}))

    page = words(client.get(address("tariffs", account)))

    assert "Приказ № 2" in page
    assert f'href="{url}"' not in page


def test_a_price_without_a_document_says_so(client, account):
    tariffs(account, (5, "8", {}))

    assert "документ не передан" in words(client.get(address("tariffs", account)))


def test_tariffs_of_services_that_the_account_has_not_are_left_out(client, account):
    tariffs(account, (5, "8", {}))
    TariffFactory(service=ServiceFactory(provider=account.provider, name="Отопление"))
    TariffFactory(service=ServiceFactory(name="Чужая услуга"))

    services = client.get(address("tariffs", account)).context["services"]

    assert [service.service_name for service in services] == ["Газ"]


def test_of_a_service_with_a_meter_the_zones_that_it_counts_are_shown(client, account):
    service = ServiceFactory(provider=account.provider, name="Электроэнергия", unit="кВт·ч")
    AccountServiceFactory(account=account, service=service)
    for zone in ("", "T1", "T2", "T3"):
        TariffFactory(service=service, zone=zone)
    MeterFactory(account=account, service=service, zones=["T1", "T2"])
    MeterFactory(account=account, service=service, state="removed")

    (shown,) = client.get(address("tariffs", account)).context["services"]

    assert [row.zone for row in shown.in_month] == ["T1", "T2"]
    assert "T1, день" in words(client.get(address("tariffs", account)))


def test_a_price_that_ended_before_the_shown_history_is_left_out(client, account):
    tariffs(
        account,
        (60, "5", {"valid_to": SINCE.plus(-1).last_day}),
        (40, "6", {"valid_to": SINCE.last_day}),
        (35, "7", {}),
    )

    (service,) = client.get(address("tariffs", account)).context["services"]

    assert [row.price for row in service.history] == [Decimal(7), Decimal(6)]


def test_a_month_before_the_shown_history_is_cut_and_nonsense_is_explained(client, account):
    tariffs(account, (5, "8", {}))

    early = client.get(address("tariffs", account, month="2001-01"))
    wrong = client.get(address("tariffs", account, month="вчера"))

    assert (early.context["period"], early.context["cut_to"]) == (SINCE, SINCE)
    assert wrong.status_code == 422
    assert "Напишите месяц и год, например 05.2026." in words(wrong)


def test_a_limited_link_sees_prices_and_a_stranger_does_not(client, user):
    limited = AccountFactory(limited=[user])
    tariffs(limited, (5, "8", {}))

    assert "8,00 ₽/м³" in words(client.get(address("tariffs", limited)))
    assert client.get(address("tariffs", AccountFactory())).status_code == 404


# settlements


@pytest.mark.parametrize(
    ("style", "title", "grouping"),
    [
        ("A", "Взаиморасчёты", "service"),
        ("B", "Расчёты по услугам", "service"),
        ("C", "Баланс", "supplier"),
        ("D", "Расчёты по услугам", "service"),
    ],
)
def test_each_kind_of_system_calls_and_groups_settlements_its_own_way(
    client, user, style, title, grouping
):
    account = AccountFactory(provider=ProviderFactory(style=style), holders=[user])

    response = client.get(address("settlements", account))

    assert (response.context["title"], response.context["grouping"]) == (title, grouping)


def test_lines_without_a_supplier_and_suppliers_without_data_are_named(client, account):
    bill = BillFactory(account=account, period=LAST.first_day)
    BillLineFactory(bill=bill)
    supplier = SupplierFactory(provider=account.provider, name="ООО «Тихий»")
    AccountServiceFactory(account=account, supplier=supplier)

    page = words(client.get(address("settlements", account, by="supplier")))

    assert "Другие (поставщик не указан)" in page
    assert f"За {LAST.year} год этот поставщик ничего не передал." in page


def test_the_note_about_dashes_stands_only_where_a_dash_does(client, account):
    bill = BillFactory(account=account, period=LAST.first_day)
    BillLineFactory(bill=bill, closing=Decimal(1))
    note = "Прочерк на конец месяца"
    names = ("settlements", "charges")

    assert [note in words(client.get(address(name, account))) for name in names] == [False] * 2
    Bill.objects.update(final=False)
    assert [note in words(client.get(address(name, account))) for name in names] == [True] * 2


# long lists


def test_a_long_list_of_payments_is_paged_and_says_how_many_there_are(
    client, account, django_assert_num_queries
):
    for number in range(120):
        PostedPaymentFactory(
            account=account, received_on=LAST.first_day, amount=Decimal(number + 1)
        )

    with django_assert_num_queries(5):
        first = client.get(address("payments", account))
    last = client.get(address("payments", account, page=3))
    beyond = client.get(address("payments", account, page=99))

    assert [len(page.context["found"].payments) for page in (first, last, beyond)] == [50, 20, 20]
    assert "Всего 120 платежей, страница 1 из 3" in words(first)
    assert "7 260,00 ₽" in words(last)
    assert (last.context["pages"].earlier, last.context["pages"].later) == ("?page=2", "")


def test_a_long_history_of_charges_is_paged_with_the_totals_of_all(client, user):
    account = AccountFactory(
        provider=ProviderFactory(policy__bill_history_months=180), holders=[user]
    )
    for back in range(60):
        BillFactory(account=account, period=LAST.plus(-back).first_day)

    first = client.get(address("charges", account))
    last = client.get(address("charges", account, page=3))

    assert [len(page.context["months"]) for page in (first, last)] == [24, 12]
    assert "Всего 60 месяцев, страница 3 из 3" in words(last)
    assert "6 000,00 ₽" in words(last)


def test_a_search_keeps_what_was_typed_from_page_to_page(client, account):
    for _number in range(60):
        PostedPaymentFactory(account=account, received_on=LAST.first_day)

    found = client.get(address("payments", account, text="100", page=1)).context

    assert found["pages"].later == "?text=100&page=2"


# files


def test_a_bill_opens_for_printing(client, account):
    bill = BillFactory(account=account, period=LAST.first_day)
    file = reverse("bill-pdf", kwargs={"account_id": account.public_id, "bill_id": bill.public_id})

    opened = client.get(file, {"print": "1"})

    assert opened["Content-Disposition"].startswith("inline; filename*=")
    assert opened.content == client.get(file).content
    assert f'href="{file}?print=1"' in words(client.get(address("bills", account)))


def document(bill, revision, **fields):
    return BillDocument.objects.create(
        bill=bill,
        revision=revision,
        file_key=f"k{revision}",
        sha256="0",
        size=1,
        issued_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
        **fields,
    )


def test_a_replaced_file_stays_a_click_away_and_is_marked(client, account):
    bill = BillFactory(account=account, period=LAST.first_day, revision=3)
    document(bill, 1)
    document(bill, 3)

    page = words(client.get(address("bills", account)))

    assert f"{bill.public_id}.pdf?revision=1" in page
    assert "?revision=3" not in page
    assert "заменён" in page


def test_a_damaged_file_is_no_link_and_says_why(client, account):
    bill = BillFactory(account=account, period=LAST.first_day)
    document(bill, 1, lost_at=dt.datetime(2026, 11, 2, tzinfo=dt.UTC))

    page = words(client.get(address("bills", account)))

    assert "файл повреждён, напишите поставщику" in page
    assert f'{bill.public_id}.pdf?print=1"' not in page


def test_every_bill_leads_to_its_own_part_of_the_month(client, account):
    bills = [
        BillFactory(account=account, period=LAST.first_day, kind=kind)
        for kind in ("Объединённая", "Дополнение № 1", "ХВС и ВО")
    ]
    month = reverse("charges-month", kwargs={"account_id": account.public_id, "month": str(LAST)})

    listed = words(client.get(address("bills", account)))
    detailed = words(client.get(month))

    for bill in bills:
        assert f'href="{month}#b-{bill.public_id}"' in listed
        assert f'id="b-{bill.public_id}"' in detailed
        assert f"Счёт: {bill.kind}" in detailed


def test_years_have_arrows_to_their_neighbours(client, account):
    for year in (2022, 2024, 2025):
        BillFactory(account=account, period=dt.date(year, 5, 1))

    years = client.get(address("bills", account, year=2024)).context["years"]

    assert (years.earlier, years.chosen, years.later) == (2022, 2024, 2025)
