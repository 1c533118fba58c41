"""«Статистика»: what the page answers, draws and hands out, to whom, and how heavy it is (BIL-19, MET-37)."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from kabinet.accounts.models import AccountLink
from kabinet.kernel.period import Period
from kabinet.providers.enums import Feature
from kabinet.ui import formatting
from tests.factories import (
    AccountFactory,
    BillFactory,
    BillLineFactory,
    MeterFactory,
    PostedPaymentFactory,
    ReadingFactory,
    ServiceFactory,
    SupplierFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LAST = Period.of(timezone.localdate()).plus(-1)
KINDS = ("charges", "volumes", "readings", "payments")
# Session, person, accounts; then what was charged is asked of lines and of bills without any.
QUERIES = {"charges": 5, "volumes": 4, "readings": 4, "payments": 4}


def address(account, name="statistics", **query):
    return reverse(name, kwargs={"account_id": account.public_id}, query=query or None)


def words(response):
    """The page's words without its tags, with all kinds of spaces made plain."""
    page = re.sub(r"</?s>", "", response.content.decode())
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def service(account, number=1, **details):
    return ServiceFactory(
        provider=account.provider, **{"name": f"Услуга {number}", "code": f"s{number}", **details}
    )


def month_of(account, back, charges, **line):
    """A bill so many months back with a charge for every service named."""
    bill = BillFactory(account=account, period=LAST.plus(-back).first_day)
    for offered, charged in charges.items():
        BillLineFactory(bill=bill, service=offered, charged=Decimal(charged), **line)
    return bill


def fill(account, months, services=1, zones=()):
    """Bills, payments and zoned readings of so many months for so many services."""
    for number in range(services):
        offered = service(account, number)
        meter = MeterFactory(account=account, service=offered, zones=list(zones))
        for back in range(months):
            period = LAST.plus(-back)
            bill = BillFactory(account=account, period=period.first_day, kind=f"вид {number}")
            BillLineFactory(bill=bill, service=offered, volume=Decimal("7.2500"))
            PostedPaymentFactory(account=account, service=offered, received_on=period.first_day)
            for zone in zones or [""]:
                ReadingFactory(
                    meter=meter, zone=zone, taken_on=period.day(20), value=5000 - back * 20
                )


# --- what it answers ---


def test_the_answer_is_the_sum_with_its_average_and_the_year_before(client, account):
    gas = service(account)
    for back in range(12):
        month_of(account, back, {gas: 110})
        month_of(account, back + 12, {gas: 100})

    page = words(client.get(address(account)))

    assert "Начислено 1 320,00 ₽" in page
    assert "В среднем 110,00 ₽ в месяц: на 10 % больше, чем за те же месяцы годом раньше" in page


def test_missing_months_are_neither_zeros_nor_part_of_the_average(client, account):
    gas = service(account)
    month_of(account, 0, {gas: 100})
    month_of(account, 5, {gas: 200})

    response = client.get(address(account))

    assert "В среднем 150,00 ₽ в месяц. Данные есть за 2 месяца из 12." in words(response)
    assert response.content.decode().count('class="none"') == 10


def test_parts_and_their_total_stand_in_the_table_from_the_newest_month(client, account):
    gas, water = service(account, name="Газ"), service(account, 2, name="Вода")
    month_of(account, 0, {gas: "150.50", water: 40})
    month_of(account, 1, {gas: 100})

    page = words(client.get(address(account)))

    assert "Месяц всего Газ Вода" in page
    newest, before = (formatting.month(LAST.plus(-back)) for back in range(2))
    assert f"{newest} 190,50 150,50 40,00 {before} 100,00 100,00 —" in page
    assert "Всего 290,50 250,50 40,00 В среднем 145,25 125,25 40,00" in page


def test_this_year_stands_against_the_last(client, account):
    gas, water = service(account), service(account, 2)
    month_of(account, 0, {gas: 150, water: 10})
    month_of(account, 12, {gas: 100})

    page = words(client.get(address(account, compare="on")))

    assert "Месяц эти месяцы годом раньше разница" in page
    assert f"{formatting.month(LAST)} 160,00 100,00 60,00" in page


def test_different_units_are_never_added_up(client, account):
    gas = service(account, name="Газ", unit="м³")
    power = service(account, 2, name="Свет", unit="кВт·ч")
    month_of(account, 0, {gas: 1}, volume=Decimal("10.5000"))
    month_of(account, 1, {power: 1}, volume=Decimal("120.0000"))

    response = client.get(address(account, kind="volumes"))

    page = words(response)
    assert "Месяц Газ, м³ Свет, кВт·ч" in page
    assert "130,5" not in page
    assert response.content.decode().count('<figure class="kb-graph"') == 2


def test_a_chosen_service_stands_alone(client, account):
    gas, water = service(account, name="Газ"), service(account, 2, name="Вода")
    month_of(account, 0, {gas: 150, water: 40})

    page = words(client.get(address(account, service="s2")))

    assert "Начислено 40,00 ₽" in page
    assert "Месяц Вода" in page


def test_charges_are_split_by_supplier(client, account):
    main = SupplierFactory(provider=account.provider, code="main", name="Водоканал")
    bill = month_of(account, 0, {service(account): 150}, supplier=main)
    BillLineFactory(bill=bill, service=service(account, 2), charged=Decimal(40))
    other = SupplierFactory(provider=account.provider, code="other", name="Теплосеть")
    BillLineFactory(bill=bill, service=service(account, 3), supplier=other, charged=Decimal(7))

    page = words(client.get(address(account, split="supplier")))

    assert "всего Водоканал Теплосеть Поставщик не указан" in page
    alone = words(client.get(address(account, split="supplier", supplier="main")))
    assert "Начислено 150,00 ₽" in alone


def test_day_zones_of_a_meter_have_their_own_columns(client, account):
    fill(account, 3, zones=["T1", "T2"])

    page = words(client.get(address(account, kind="readings")))

    assert "Расход по счётчикам: 80 м³" in page
    assert "всего, м³ T1, день, м³ T2, ночь, м³" in page
    night = words(client.get(address(account, kind="readings", zone="T2")))
    assert "Расход по счётчикам: 40 м³" in night


def test_own_months_are_those_asked_for(client, account):
    gas = service(account)
    for back in range(6):
        month_of(account, back, {gas: 2**back})

    first, last = LAST.plus(-3), LAST.plus(-2)
    page = words(client.get(address(account, span="own", first=str(first), last=str(last))))

    assert "Начислено 12,00 ₽" in page
    assert f"{formatting.month(first)} — {formatting.month(last)}." in page


def test_no_more_than_the_provider_shows(client, account):
    account.provider.policy.bill_history_months = 2
    account.provider.policy.save()
    gas = service(account)
    for back in range(4):
        month_of(account, back, {gas: 2**back})

    response = client.get(address(account, span="own", first="2020-01"))

    assert "Начислено 3,00 ₽" in words(response)
    earliest = LAST.plus(-1)
    month = f"{formatting.MONTHS_OF[earliest.month - 1]} {earliest.year}"
    assert f"Поставщик показывает данные с {month}" in words(response)


def test_three_years_begin_where_the_data_begin(client, account):
    gas = service(account)
    for back in range(20):
        month_of(account, back, {gas: 1})

    page = client.get(address(account, span="three")).context["page"]

    assert (page.table.months[0], page.table.months[-1]) == (LAST.plus(-19), LAST)


def test_a_month_that_has_not_come_to_its_bill_is_not_shown_as_a_gap(client, account):
    month_of(account, 0, {service(account): 1})
    assert client.get(address(account)).context["page"].table.months[-1] == LAST

    month_of(account, -1, {account.provider.services.get(): 1})
    assert client.get(address(account)).context["page"].table.months[-1] == LAST.plus(1)


# --- bad input ---


def test_no_data_is_said_in_words_under_every_kind(client, account):
    for kind in KINDS:
        response = client.get(address(account, kind=kind))

        assert response.status_code == 200
        assert "За эти месяцы данных нет" in words(response)
        assert "Скачать" not in words(response)


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "x"},
        {"span": "x"},
        {"view": "x"},
        {"split": "x"},
        {"service": "x"},
        {"supplier": "x"},
        {"span": "own", "first": "x"},
        {"span": "own", "first": str(LAST), "last": str(LAST.plus(-1))},
    ],
    ids=str,
)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["whole", "part"])
def test_a_wrong_choice_is_told_and_the_rest_is_shown(client, account, query, headers):
    suppliers = SupplierFactory.create_batch(2, provider=account.provider)
    for number, supplier in enumerate(suppliers):
        offered = service(account, number)
        month_of(account, number, {offered: 100}, supplier=supplier)

    response = client.get(address(account, **query), headers=headers)

    assert response.status_code == (200 if headers else 422)
    page = response.content.decode()
    assert 'class="kb-error"' in page or 'class="kb-notice wait"' in page
    assert "Начислено 200,00 ₽" in words(response)


def test_a_choice_where_there_is_none_changes_nothing(client, account):
    month_of(account, 0, {service(account): 100})

    response = client.get(address(account, zone="T9", supplier="x", split="supplier", service="s1"))

    assert "Начислено 100,00 ₽" in words(response)
    assert "Месяц Услуга 1" in words(response)


@pytest.mark.parametrize("first", ["1990-01", "2099-12"])
def test_months_outside_everything_are_no_fault(client, account, first):
    month_of(account, 0, {service(account): 100})

    assert client.get(address(account, span="own", first=first)).status_code == 200


# --- who sees what ---


def test_a_strangers_statistics_do_not_exist(client, user):
    foreign = AccountFactory(holders=[UserFactory()])
    fill(foreign, 1)

    for name in ("statistics", "statistics-csv", "statistics-xlsx"):
        assert client.get(address(foreign, name)).status_code == 404


def test_a_provider_may_switch_statistics_off(client, account):
    fill(account, 1)
    assert client.get(address(account)).status_code == 200
    account.provider.policy.enabled_features.remove(Feature.STATISTICS)
    account.provider.policy.save()

    for name in ("statistics", "statistics-csv", "statistics-xlsx"):
        assert client.get(address(account, name)).status_code == 404


def limit(account, *features):
    AccountLink.objects.update(level="limited", extended_at=None)
    account.provider.policy.limited_features = list(features)
    account.provider.policy.save()


def test_a_limited_link_is_offered_full_access(client, account):
    fill(account, 1)
    limit(account)

    for name in ("statistics", "statistics-csv", "statistics-xlsx"):
        assert client.get(address(account, name)).status_code == 403


def test_a_limited_link_sees_only_the_kinds_whose_sections_it_reaches(client, account):
    fill(account, 2)
    limit(account, Feature.STATISTICS, Feature.PAYMENTS)

    page = client.get(address(account))

    assert [tab.text for tab in page.context["page"].tabs] == ["Платежи"]
    assert "Оплачено 200,00 ₽" in words(page)
    assert client.get(address(account, kind="charges")).status_code == 422


def test_statistics_of_nothing_that_is_open_lead_on(client, account):
    fill(account, 1)
    limit(account, Feature.STATISTICS)

    response = client.get(address(account))

    assert reverse("account-upgrade", kwargs={"account_id": account.public_id}) in (
        response.content.decode()
    )
    assert client.get(address(account, "statistics-csv")).status_code == 404


# --- htmx ---


def test_a_changed_choice_brings_only_the_result(client, account):
    fill(account, 1)

    whole = client.get(address(account))
    part = client.get(address(account), headers={"HX-Request": "true"})

    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()
    assert "kb-filters" not in part.content.decode()
    assert 'id="figures" hx-swap-oob="true"' in part.content.decode()
    assert "HX-Request" in whole["Vary"]


# --- files ---


def shown_rows(response):
    """The table of the page as lists of texts."""
    table = re.search(
        r'<table class="kb-figures">.*?</table>', response.content.decode(), re.DOTALL
    )[0]
    return [
        [
            re.sub(r"\s", " ", re.sub(r"<[^>]+>", "", cell))
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    ]


def test_a_csv_file_holds_exactly_what_is_shown(client, account):
    gas, water = service(account, name="Газ"), service(account, 2, name="Вода")
    month_of(account, 0, {gas: "1150.50", water: -40})
    month_of(account, 2, {gas: 100})

    shown = shown_rows(client.get(address(account, view="lines")))
    response = client.get(address(account, "statistics-csv", view="lines"))

    assert response.content.startswith("\ufeffМесяц;".encode())
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[1][1:] == ["1110,50", "1150,50", "-40,00"]
    plain = [[cell.replace(" ", "").replace("−", "-") for cell in row] for row in shown[:-1]]
    assert rows[0] == ["Месяц", "всего, ₽", "Газ, ₽", "Вода, ₽"]
    assert [[cell.replace(" ", "") or "—" for cell in row] for row in rows[1:-1]] == plain[1:]
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Cache-Control"] == "private, no-store"


def test_a_workbook_holds_numbers(client, account):
    month_of(account, 0, {service(account, name="Газ"): "1150.50"})

    response = client.get(address(account, "statistics-xlsx"))

    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("Месяц", "Газ, ₽")
    assert rows[1] == (formatting.month(LAST), 1150.5)
    assert rows[-1] == ("В среднем за месяц", 1150.5)


def test_names_from_outside_run_nothing_in_a_spreadsheet(client, account):
    month_of(account, 0, {service(account, name='=HYPERLINK("http://x")'): 1})

    text = client.get(address(account, "statistics-csv")).content.decode("utf-8-sig")
    book = client.get(address(account, "statistics-xlsx")).content

    assert text.splitlines()[0].endswith('"\'=HYPERLINK(""http://x""), ₽"')
    cell = openpyxl.load_workbook(io.BytesIO(book)).active["B1"]
    assert (cell.data_type, cell.value) == ("s", '\'=HYPERLINK("http://x"), ₽')


# --- weight ---


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("months", "services"), [(1, 1), (3, 3)])
def test_a_page_takes_the_same_queries_for_any_history(
    client, account, django_assert_num_queries, kind, months, services
):
    fill(account, months, services)

    with django_assert_num_queries(QUERIES[kind]):
        response = client.get(address(account, kind=kind, span="three"))

    assert response.status_code == 200


@pytest.mark.parametrize("view", ["columns", "lines"])
@pytest.mark.parametrize("kind", ["charges", "readings"])
def test_three_years_of_nine_services_in_three_zones_fit_a_phone(client, account, kind, view):
    fill(account, 36, services=9, zones=["T1", "T2", "T3"])

    response = client.get(address(account, kind=kind, view=view, span="three"))

    assert len(response.context["page"].table.columns) == (10 if kind == "charges" else 36)
    assert len(response.content) < 150_000
