"""The bill on paper says each thing once and leaves out what says nothing (BIL-29, 30, 38)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kabinet.billing.documents import bill_data
from kabinet.billing.models import BillLine
from kabinet.billing.paper import get_bill_papers
from tests.billing import papers
from tests.factories import BillLineFactory, MeterFactory, ReadingFactory, TariffFactory

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 1, 6, 0, tzinfo=dt.UTC)
ORDER = "Постановление от 18.12.2025 № 26/4"


def data_of(bill):
    bill.refresh_from_db()
    return bill_data(get_bill_papers([bill])[0], at=AT)


def services(data):
    place = [name for name, _width in data["columns"]].index("service")
    return [row[place] for row in data["rows"]]


def penalty_row(bill, charged):
    line = BillLine.objects.filter(bill=bill).order_by("line").first()
    BillLineFactory(
        bill=bill,
        line="90",
        service=line.service,
        supplier=line.supplier,
        charged=charged,
        closing=charged,
        is_penalty=True,
    )


def test_penalties_of_nothing_have_no_rows_and_the_remark_says_so():
    bill = papers.housing_bill()
    penalty_row(bill, Decimal("0.00"))

    data = data_of(bill)

    assert len(data["rows"]) == 9
    assert [card["purpose"][1] for card in data["payees"]] == [
        "услуги\u00a01–2, 4, 8–9",
        "услуги\u00a03, 5–7",
    ]
    assert data["remarks"][0].endswith("Пени не начислены.")


def test_a_penalty_of_one_kopeck_has_its_row():
    bill = papers.housing_bill()
    penalty_row(bill, Decimal("0.01"))

    data = data_of(bill)

    assert services(data)[9:] == ["Пени: Обслуживание и ремонт"]
    assert data["payees"][0]["purpose"][1] == "услуги\u00a01–2, 4, 8–10"
    assert "Пени не начислены." not in data["remarks"][0]


@pytest.mark.parametrize(
    ("operation", "calculated_for", "written"),
    [
        ("начисление", papers.OCTOBER, "Плита"),
        ("Начисление, зона Т1", papers.OCTOBER, "Плита, зона Т1"),
        ("начисление", dt.date(2026, 8, 1), "Плита за 08.2026"),
        ("корректировка", None, "Плита, корректировка"),
    ],
)
def test_only_an_unusual_operation_or_month_is_written(operation, calculated_for, written):
    bill = papers.housing_bill()
    BillLine.objects.filter(bill=bill, line="4").update(
        operation=operation, calc_period=calculated_for
    )

    assert services(data_of(bill))[3] == written


def test_services_of_one_tariff_document_or_norm_are_named_together_by_number():
    bill = papers.housing_bill()
    for line in BillLine.objects.filter(bill=bill, line__in=("1", "3", "4")):
        TariffFactory(service=line.service, price=line.tariff, document=ORDER)
    BillLine.objects.filter(bill=bill, line__in=("6", "7")).update(norm="9 м³ на человека")

    assert data_of(bill)["reference"] == [
        ["Норматив, услуги\u00a06–7", "9 м³ на человека"],
        ["Тарифы на услуги\u00a01, 3–4", "Постановление от\u00a018.12.2025 №\u00a026/4"],
    ]


def test_meters_read_on_different_days_are_told_with_the_day_of_each():
    bill = papers.gas_bill()
    meter = MeterFactory(account=bill.account, serial="55", model="СВ-15Х")
    day = dt.date(2026, 10, 20)
    ReadingFactory(meter=meter, taken_on=day, accounted_on=day, value=Decimal("12.5"))

    meters = data_of(bill)["meters"]

    assert meters["narrow"] is False
    assert meters["titles"] == ["Услуга", "Прибор", "Было", "Стало", "Расход", "Поверка до"]
    assert meters["rows"][0][2:4] == [
        "01734\u00a0на\u00a022.09.2026",
        "01899\u00a0на\u00a022.10.2026",
    ]


def test_the_frames_of_two_payees_have_one_height_that_a_word_too_long_makes_no_lower():
    bill = papers.housing_bill()
    known = data_of(bill)["payees_height"]
    supplier = BillLine.objects.filter(bill=bill).first().supplier
    type(supplier).objects.filter(pk=supplier.pk).update(name="Ъ" * 60)

    assert 40 <= known <= 50
    assert data_of(bill)["payees_height"] >= known
