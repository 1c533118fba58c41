"""Bills as the manuals and the sketch of the paper show them, made straight in the database."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from tests.factories import (
    AccountFactory,
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

OCTOBER = dt.date(2026, 10, 1)
AS_OF = dt.datetime(2026, 10, 31, 18, 0, tzinfo=dt.UTC)
USE = (181, 214, 268, 290, 262, 196, 118, 52, 41, 44, 76, 138)  # October 2025 … September 2026
SECOND_PAYEE = {
    "name": "АО «Тепло и вода»",
    "inn": "7728168971",
    "bank_account": "40702810000000012345",
    "bank": "Банк ГПБ (АО)",
    "bic": "044525823",
    "corr_account": "30101810200000000823",
}
# BIL-38, the printed receipt of March 2016: service, supplier, debt, charged, due, tariff, norm, volume, unit
HOUSING = (
    ("Обслуживание и ремонт", 1, "5203.46", "160.00", "5363.46", "16.00", "", "10", "м²"),
    ("Лифт", 1, "1535.18", "0.00", "1535.18", None, "", None, ""),
    ("Мусоропровод", 2, "170.90", "4.90", "175.80", "0.49", "", "10", "м²"),
    ("Плита", 1, "195.34", "5.60", "200.94", "0.56", "", "10", "м²"),
    ("Отопление", 2, "6691.56", "0.00", "6691.56", None, "", None, ""),
    ("ГВС", 2, "19225.87", "992.64", "20218.51", "1170.57", "0,212 Гкал/чел", "0.848", "Гкал"),
    ("ХВС", 2, "19582.44", "1139.68", "20722.12", "31.31", "9,1 м³/чел", "36.4", "м³"),
    ("Электроэнергия при СОИ", 1, "38.40", "2.40", "40.80", "0.24", "", "10", "м²"),
    ("Наем жилья", 1, "178.80", "0.00", "178.80", None, "", None, ""),
)


def month_back(period: dt.date, months: int) -> dt.date:
    year, month0 = divmod(period.year * 12 + period.month - 1 - months, 12)
    return dt.date(year, month0 + 1, 1)


def gas_provider(**fields):
    values = {
        "name": "ООО «Газ Пример»",
        "inn": "7707083893",
        "kpp": "770701001",
        "phone": "8 800 000-00-00",
        "hours": "пн–пт 8:00–19:00",
        "address": "Озёрск, ул. Речная, 20",
        "site": "kabinet.example",
        "email": "help@kabinet.example",
        "emergency_phone": "104 или 112",
        **fields,
    }
    return ProviderFactory(**values)


def gas_bill(*, provider=None, history=True, **account_fields):
    """The bill of looks/bill.typ: one gas meter, maintenance, a recalculation, a year of history."""
    provider = provider or gas_provider()
    supplier = provider.suppliers.first() or SupplierFactory(provider=provider)
    account = AccountFactory(
        **{
            "provider": provider,
            "number": "33016355",
            "gis_id": "20АА123456",
            "region": "Тверская область",
            "area_total": Decimal("135.10"),
            "residents": 3,
            "owners": 1,
            **account_fields,
        }
    )
    gas = ServiceFactory(provider=provider, name="Газоснабжение природным газом")
    service = ServiceFactory(
        provider=provider, name="Техобслуживание ВДГО", unit="шт.", kind="maintenance"
    )
    TariffFactory(service=gas, document="Приказ РЭК № 12 от 20.06.2026")
    meter = MeterFactory(
        account=account,
        service=gas,
        serial="07416852",
        next_verification_on=dt.date(2027, 1, 9),
    )
    for day, value in ((dt.date(2026, 9, 22), 1734), (dt.date(2026, 10, 22), 1899)):
        ReadingFactory(meter=meter, taken_on=day, accounted_on=day, value=Decimal(value))
    PostedPaymentFactory(
        account=account, amount=Decimal("1069.72"), received_on=dt.date(2026, 10, 13)
    )
    bill = BillFactory(
        account=account,
        period=OCTOBER,
        number="33016355-202610",
        as_of=AS_OF,
        opening=Decimal("1090.42"),
        paid=Decimal("1069.72"),
        charged=Decimal("1241.26"),
        adjusted=Decimal("-18.40"),
        benefit=Decimal("0.00"),
        total=Decimal("1243.56"),
    )
    _gas_lines(bill, gas, service, supplier)
    if history:
        _history(account, gas, service, supplier)
    return bill


def _gas_lines(bill, gas, service, supplier):
    BillLineFactory(
        bill=bill,
        line="1",
        service=gas,
        supplier=supplier,
        tariff=Decimal("7.12"),
        volume=Decimal(165),
        unit="м³",
        basis="meter",
        norm="12 м³ на человека",
        opening=Decimal("1069.72"),
        charged=Decimal("1174.80"),
        adjusted=Decimal("-18.40"),
        benefit=Decimal("0.00"),
        paid=Decimal("1069.72"),
        closing=Decimal("1156.40"),
    )
    BillLineFactory(
        bill=bill,
        line="2",
        service=service,
        supplier=supplier,
        tariff=Decimal("66.46"),
        volume=Decimal(1),
        unit="шт.",
        basis="other",
        opening=Decimal("20.70"),
        charged=Decimal("66.46"),
        adjusted=Decimal("0.00"),
        benefit=Decimal("0.00"),
        paid=Decimal("0.00"),
        closing=Decimal("87.16"),
    )


def _history(account, gas, service, supplier):
    for back, use in enumerate(reversed(USE), start=1):
        charged = Decimal(use) * Decimal("7.12")
        bill = BillFactory(
            account=account, period=month_back(OCTOBER, back), charged=charged, total=charged
        )
        BillLineFactory(
            bill=bill,
            line="1",
            service=gas,
            supplier=supplier,
            tariff=Decimal("7.12"),
            volume=Decimal(use),
            unit="м³",
            basis="meter",
            charged=charged,
        )
        BillLineFactory(
            bill=bill, line="2", service=service, supplier=supplier, charged=Decimal("66.46")
        )


def electricity_bill(**account_fields):
    """Two day zones of one meter, read in the month, and one payee."""
    provider = ProviderFactory(name="АО «Энерго Пример»", inn="7707083893", kind="electricity")
    supplier = SupplierFactory(provider=provider, name="АО «Энерго Пример»")
    account = AccountFactory(**{"provider": provider, "number": "10000042", **account_fields})
    power = ServiceFactory(
        provider=provider, name="Электроэнергия", unit="кВт·ч", kind="electricity"
    )
    meter = MeterFactory(account=account, service=power, zones=["T1", "T2"], serial="011987")
    for zone, values in (("T1", (10_450, 10_630)), ("T2", (4_208, 4_291))):
        for day, value in zip((dt.date(2026, 9, 23), dt.date(2026, 10, 23)), values, strict=True):
            ReadingFactory(meter=meter, zone=zone, taken_on=day, accounted_on=day, value=value)
    bill = BillFactory(
        account=account,
        period=OCTOBER,
        as_of=AS_OF,
        charged=Decimal("1422.44"),
        total=Decimal("1422.44"),
        penalty_charged=Decimal("3.15"),
        penalty_total=Decimal("3.15"),
    )
    for line, zone, volume, tariff, charged in (
        ("1", "день", 180, "6.73", "1211.40"),
        ("2", "ночь", 83, "2.542651", "211.04"),
    ):
        BillLineFactory(
            bill=bill,
            line=line,
            service=power,
            supplier=supplier,
            operation=zone,
            tariff=Decimal(tariff),
            volume=Decimal(volume),
            unit="кВт·ч",
            basis="meter",
            charged=Decimal(charged),
            closing=Decimal(charged),
        )
    BillLineFactory(
        bill=bill,
        line="3",
        service=power,
        supplier=supplier,
        charged=Decimal("3.15"),
        closing=Decimal("3.15"),
        is_penalty=True,
    )
    return bill


def housing_bill(**account_fields):
    """Nine services and two payees, 7 319,18 + 47 807,99 = 55 127,17 (BIL-38)."""
    provider = ProviderFactory(
        name="ТСЖ «Речное»", inn="7707083893", style="D", kind="housing", phone="8 800 000-00-01"
    )
    suppliers = {
        1: SupplierFactory(provider=provider, name="ТСЖ «Речное»"),
        2: SupplierFactory(provider=provider, **SECOND_PAYEE),
    }
    account = AccountFactory(
        **{
            "provider": provider,
            "number": "1000000038",
            "area_total": Decimal("10.00"),
            "residents": 4,
            "registered": 4,
            "owners": 1,
            **account_fields,
        }
    )
    bill = BillFactory(
        account=account,
        period=OCTOBER,
        kind="Объединённая",
        as_of=AS_OF,
        opening=Decimal("52821.95"),
        paid=Decimal("0.00"),
        charged=Decimal("2305.22"),
        total=Decimal("55127.17"),
        opening_is_net=True,
        preliminary=Decimal("1904.64"),
    )
    for number, row in enumerate(HOUSING, start=1):
        name, payee, opening, charged, closing, tariff, norm, volume, unit = row
        BillLineFactory(
            bill=bill,
            line=str(number),
            service=ServiceFactory(provider=provider, name=name, kind="housing"),
            supplier=suppliers[payee],
            opening=Decimal(opening),
            charged=Decimal(charged),
            closing=Decimal(closing),
            tariff=Decimal(tariff) if tariff else None,
            norm=norm,
            volume=Decimal(volume) if volume else None,
            unit=unit,
            basis="norm" if norm else "area" if volume else "",
        )
    return bill
