"""Branches, offices, services, suppliers and tariffs of the demo's providers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from demo.bundle import BundleWriter
from demo.months import Timeline, price
from demo.providers import GAS_A, GAS_B, HOUSING, POWER, ProviderSpec
from demo.requisites import correspondent_account, inn, settlement_account


@dataclass(frozen=True, slots=True)
class Branch:
    code: str
    name: str
    city: str
    street: str
    lat: str
    lon: str


@dataclass(frozen=True, slots=True)
class Service:
    code: str
    name: str
    unit: str
    kind: str
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Supplier:
    """A payee; ``nine`` are the digits of its INN before the check digit, ``tail`` the end of its account."""

    code: str
    name: str
    nine: str
    bank: str
    bic: str
    tail: str


@dataclass(frozen=True, slots=True)
class Price:
    """``base`` is the price of 2024 in millionths of a rouble."""

    service: str
    base: int
    group: str = ""
    zone: str = ""


BANK_ONE = ("АО Банк «Приозёрье»", "049914701")
BANK_TWO = ("ПАО «Заречный Коммерческий Банк»", "049925702")
BANK_THREE = ("АО «Светогорский Народный Банк»", "049936703")

BRANCHES: Mapping[str, tuple[Branch, ...]] = {
    GAS_A.code: (
        Branch(
            "vo",
            "Верхнеозёрское отделение",
            GAS_A.city,
            "ул. Газовиков, д. 4",
            "57.812300",
            "34.215400",
        ),
        Branch(
            "bl",
            "Белолесское отделение",
            "пгт Белолесье",
            "ул. Советская, д. 19",
            "57.640100",
            "34.902700",
        ),
    ),
    GAS_B.code: (
        Branch(
            "center",
            "Центральный участок",
            GAS_B.city,
            "пр-т Строителей, д. 31А",
            "53.204500",
            "50.101200",
        ),
        Branch(
            "south",
            "Южный участок",
            "с. Нижняя Слобода",
            "ул. Мира, д. 2",
            "52.870300",
            "50.334900",
        ),
    ),
    POWER.code: (
        Branch(
            "ural",
            "Светогорский филиал",
            POWER.city,
            "ул. Плотинная, д. 1",
            "56.951200",
            "60.480500",
        ),
        Branch(
            "north",
            "Северный филиал",
            "г. Лесной Яр",
            "ул. Энергетиков, д. 8",
            "58.630200",
            "59.781400",
        ),
    ),
    HOUSING.code: (
        Branch(
            "sad",
            "Участок «Садовая»",
            HOUSING.city,
            "ул. Садовая, д. 17, корп. 2",
            "57.815900",
            "34.221800",
        ),
    ),
}

SERVICES: Mapping[str, tuple[Service, ...]] = {
    GAS_A.code: (
        Service("gas", "Газоснабжение", "м³", "gas"),
        Service("vdgo", "Техническое обслуживание ВДГО", "шт.", "maintenance"),
    ),
    GAS_B.code: (
        Service("gas", "Газоснабжение", "м³", "gas"),
        Service("vdgo", "Техническое обслуживание ВДГО", "шт.", "maintenance"),
        Service("heat", "Отопление жилых помещений", "Гкал", "heat", 4),
    ),
    POWER.code: (
        Service("ee", "Электроэнергия", "кВт·ч", "electricity"),
        Service("ee-soi", "Электроэнергия на содержание общего имущества", "кВт·ч", "electricity", 4),
        Service("tko", "Обращение с ТКО", "чел.", "other"),
    ),
    HOUSING.code: (
        Service("soderzhanie", "Содержание и ремонт", "м²", "housing", 2),
        Service("otoplenie", "Отопление", "Гкал", "heat", 4),
        Service("gvs", "ГВС", "м³", "hot_water", 3),
        Service("hvs", "ХВС", "м³", "cold_water", 3),
        Service("vo", "Водоотведение", "м³", "sewage", 3),
        Service("hvs-soi", "ХВС в целях содержания ОИ", "м³", "cold_water", 4),
        Service("ee-soi", "Эл/эн в целях содержания ОИ", "кВт·ч", "electricity", 4),
        Service("vo-soi", "Водоотведение при СОИ", "м³", "sewage", 4),
        Service("kapremont", "Взнос в фонд капремонта", "м²", "capital_repair", 2),
        # These stand in the printed receipt and the tables of the manual and nowhere else.
        Service("spec-schet", "Обслуж. спец. счета «Капремонт»", "м²", "capital_repair", 2),
        Service("konsierzh", "Консьерж", "м²", "housing", 2),
        Service("lift", "Лифт", "м²", "housing", 2),
        Service("musoroprovod", "Мусоропровод", "м²", "housing", 2),
        Service("plita", "Плита", "м²", "housing", 2),
        Service("naem", "Наём жилья", "м²", "housing", 2),
    ),
}  # fmt: skip

SUPPLIERS: Mapping[str, tuple[Supplier, ...]] = {
    GAS_A.code: (
        Supplier("main", GAS_A.name, "991401001", *BANK_ONE, "00140100001"),
        Supplier("gro", "АО «Верхнеозёрские газовые сети»", "991401011", *BANK_ONE, "00140100011"),
    ),
    GAS_B.code: (Supplier("main", GAS_B.name, "992502002", *BANK_TWO, "00250200002"),),
    POWER.code: (
        Supplier("sbyt", POWER.name, "993603003", *BANK_THREE, "00360300003"),
        Supplier("sever", "ООО «Северные электрические сети»", "993603013", *BANK_THREE, "00360300013"),
        Supplier("eko", "ООО «Чистый Яр», региональный оператор", "993603023", *BANK_TWO, "00360300023"),
    ),
    HOUSING.code: (
        Supplier("uk", "ООО УК «Садовая»", "991404014", *BANK_ONE, "00140400014"),
        Supplier("rso", "ООО «Тепловодоканал Верхнеозёрск»", "991404024", *BANK_TWO, "00140400024"),
        Supplier("fkr", "НО «Фонд капитального ремонта Приозёрской области»", "991404054", *BANK_TWO, "00140400054"),
        Supplier("usluga", "ООО «Поставщик Услуги»", "991404034", *BANK_ONE, "00140400034"),
        Supplier("uk-test", "ООО УК «Тест»", "991404044", *BANK_TWO, "00140400044"),
    ),
}  # fmt: skip

ROUBLE = 1_000_000
PRICES: Mapping[str, tuple[Price, ...]] = {
    GAS_A.code: (
        Price("gas", 8_460_000, "отопление"),
        Price("gas", 9_870_000, "плита"),
        Price("gas", 9_120_000, "норматив"),
        Price("vdgo", 66_460_000),
    ),
    GAS_B.code: (
        Price("gas", 7_390_000, "дом"),
        Price("gas", 8_870_000, "квартира"),
        Price("vdgo", 58_900_000),
        Price("heat", 2_310 * ROUBLE),
    ),
    POWER.code: (
        *(
            Price("ee", base * part // 100, group, zone)
            for group, base in (("город", 5_160_000), ("электроплита", 3_870_000), ("село", 3_620_000))
            for zone, part in (("", 100), ("T1", 115), ("T2", 62), ("T3", 92))
        ),
        Price("ee-soi", 5_160_000),
        Price("tko", 142_300_000),
    ),
    HOUSING.code: (
        Price("soderzhanie", 27_400_000),
        Price("otoplenie", 2_284 * ROUBLE),
        Price("gvs", 218_600_000),
        Price("hvs", 41_800_000),
        Price("vo", 37_900_000),
        Price("hvs-soi", 41_800_000),
        Price("ee-soi", 5_160_000),
        Price("vo-soi", 37_900_000),
        Price("kapremont", 14_200_000),
    ),
}  # fmt: skip

HOURS_JSON = json.dumps(
    {"mon-thu": ["08:00-12:00", "12:48-17:00"], "fri": ["08:00-12:00", "12:48-16:00"]}
)


def write_reference(writer: BundleWriter, spec: ProviderSpec, timeline: Timeline) -> None:
    """Write everything that is not about one account."""
    unit = writer.dialect.unit
    writer.add("branches", ((row.code, row.name, spec.region, "") for row in BRANCHES[spec.code]))
    writer.add("offices", (_office(row, spec) for row in BRANCHES[spec.code]))
    writer.add(
        "services",
        (
            (row.code, row.name, unit(row.unit), row.kind, row.decimals)
            for row in SERVICES[spec.code]
        ),
    )
    writer.add("suppliers", (_supplier(row) for row in SUPPLIERS[spec.code]))
    writer.add("tariffs", _tariffs(spec, timeline))


def _office(branch: Branch, spec: ProviderSpec) -> tuple[str, ...]:
    return (
        f"office-{branch.code}",
        branch.code,
        f"Абонентский пункт, {branch.name.lower()}",
        f"{spec.region}, {branch.city}, {branch.street}",
        branch.lat,
        branch.lon,
        spec.phone,
        spec.email,
        spec.hours,
        HOURS_JSON,
    )


def _supplier(row: Supplier) -> tuple[str, ...]:
    return (
        row.code,
        row.name,
        inn(row.nine),
        f"{row.nine[:4]}01001",
        settlement_account(row.bic, row.tail),
        row.bank,
        row.bic,
        correspondent_account(row.bic),
    )


def _tariffs(spec: ProviderSpec, timeline: Timeline) -> Iterator[tuple[str, ...]]:
    """Every price of every tariff year from the one before the history to the current one."""
    dialect = timeline.dialect
    units = {service.code: service.unit for service in SERVICES[spec.code]}
    first, last = timeline.before.tariff_year, timeline.current.tariff_year
    for row in PRICES[spec.code]:
        for year in range(first, last + 1):
            yield (
                row.service,
                row.group,
                row.zone,
                dialect.day(year, 7, 1),
                dialect.day(year + 1, 6, 30) if year < last else "",
                dialect.decimal(price(row.base, year), 6),
                dialect.unit(units[row.service]),
                f"Постановление региональной службы по тарифам от 18.12.{year - 1} № {year % 100}/4",
                f"{spec.site}/tariffs/{year}.pdf",
            )


def prices_of(spec: ProviderSpec) -> dict[tuple[str, str, str], int]:
    """Give the base prices by service, group and zone."""
    return {(row.service, row.group, row.zone): row.base for row in PRICES[spec.code]}
