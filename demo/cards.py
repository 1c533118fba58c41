"""What a provider knows of an account besides money: the card, facts, equipment, contracts, acts, benefits."""

from __future__ import annotations

from random import Random

from demo.books import split
from demo.bundle import BundleWriter, Row
from demo.households import Household
from demo.months import Timeline
from demo.providers import GAS_A, GAS_B, HOUSING, POWER, ProviderSpec
from demo.utilities import Utility

BENEFITS = ("Ветеран труда", "Многодетная семья", "Инвалид II группы", "Ветеран боевых действий")
STOVES = {GAS_A.code: "газовая", GAS_B.code: "газовая", POWER.code: "электрическая"}


def write_card(
    writer: BundleWriter,
    spec: ProviderSpec,
    home: Household,
    utility: Utility,
    timeline: Timeline,
) -> None:
    """Write the account's rows of every file that is not about money or readings."""
    writer.add("accounts", [account_row(spec, home, timeline)])
    groups = {"gas", "ee"}
    known = dict.fromkeys((slot.service, slot.supplier) for slot in utility.slots)
    since = timeline.shifted(home.first - len(timeline.months), 1) if home.opened else ""
    until = _closed_on(home, timeline)
    writer.add(
        "account_services",
        (
            (
                home.number,
                service,
                supplier,
                utility.group if service in groups else "",
                since,
                until,
            )
            for service, supplier in known
        ),
    )
    writer.add("account_facts", _facts(spec, home))
    if spec in {GAS_A, GAS_B}:
        writer.add("appliances", _appliances(home, timeline))
    writer.add("contracts", _contracts(spec, home, timeline))
    if home.benefit:
        name = BENEFITS[home.area % len(BENEFITS)]
        writer.add("benefits", [(home.number, name, timeline.shifted(-40, 1), "")])
    if spec is GAS_A and home.rng.random() < 0.4:
        _act_of_maintenance(writer, home, timeline, home.rng)
    elif spec is GAS_A and home.kind == "heating" and not home.opened:
        # A boiler is looked after every year.
        _act_of_maintenance(writer, home, timeline, Random(home.number))
        _act_without_lines(writer, home, timeline)


def account_row(spec: ProviderSpec, home: Household, timeline: Timeline) -> Row:
    person, address, rng, dialect = home.person, home.address, home.rng, timeline.dialect
    gaps = home.gaps
    area = "" if "area" in gaps else dialect.decimal(home.area, 2)
    living = "" if "area" in gaps else dialect.decimal(home.area * 2 // 3, 2)
    people = "" if "residents" in gaps else home.residents
    history = len(timeline.months)
    opened = (
        timeline.shifted(home.first - history, 1)
        if home.opened
        else timeline.shifted(-history - rng.randrange(24, 300), rng.randrange(1, 28))
    )
    cared = spec in {GAS_A, GAS_B} and not home.closed
    return (
        home.number,
        home.branch,
        person.surname,
        person.name,
        person.patronymic,
        spec.region,
        address.city,
        address.street,
        address.house,
        address.building,
        address.flat,
        address.fias,
        f"{20 + history % 70}АА{rng.randrange(10**6):06d}" if rng.random() < 0.5 else "",
        area,
        living,
        people,
        people,
        "" if gaps else rng.randrange(1, 4),
        "" if "rooms" in gaps else 1 + home.area // 3000,
        STOVES.get(spec.code, ""),
        int(home.kind == "electric"),
        opened,
        _closed_on(home, timeline),
        timeline.shifted(-rng.randrange(1, 14), rng.randrange(1, 28)) if cared else "",
        person.email,
        person.phone,
        home.pin if spec in {GAS_A, GAS_B} else "",
        int(home.in_block),
        *_house_areas(spec, home, timeline),
    )


def _house_areas(spec: ProviderSpec, home: Household, timeline: Timeline) -> Row:
    """The same for everybody who lives in the house; only who manages houses knows them."""
    if spec is not HOUSING:
        return ("",) * 5
    if home.house_areas:
        areas = home.house_areas
    else:
        address = home.address
        rng = Random(f"{address.city} {address.street} {address.house} {address.building}")
        total, shops = rng.randrange(180_000, 1_200_000), rng.choice((0, 0, 12_450, 48_030))
        common = total * rng.randrange(18, 26) // 100
        areas = (total, total - shops, shops, common, common)
    return tuple(timeline.dialect.decimal(area, 2) for area in areas)


def _closed_on(home: Household, timeline: Timeline) -> str:
    return timeline.months[home.last].days[-1] if home.closed else ""


def _facts(spec: ProviderSpec, home: Household) -> list[Row]:
    yes = ("Нет", "Да")
    if spec in {GAS_A, GAS_B}:
        facts = {
            "Газовая плита": "Да",
            "Газовое отопление": yes[home.kind == "heating"],
            "Количество проживающих": str(home.residents),
            "Отдельная квартира": yes[home.in_block],
            "Общая площадь, м²": f"{home.area // 100},{home.area % 100 // 10}",
        }
    elif spec is POWER:
        facts = {
            "Категория": "Городское население" if home.in_block else "Сельское население",
            "Разрешённая мощность": "15 кВт" if not home.in_block else "7 кВт",
        }
    else:
        facts = {"Форма собственности": "Частная", "Этаж": str(1 + home.area % 9)}
    replace = spec.dialect.encoding != "utf-8"
    return [
        (home.number, name.replace("м²", "кв. м") if replace else name, value, position)
        for position, (name, value) in enumerate(facts.items(), start=1)
    ]


def _appliances(home: Household, timeline: Timeline) -> list[Row]:
    rng = home.rng
    rows: list[Row] = [
        (
            home.number,
            f"{rng.randrange(10**6):06d}",
            "Плита газовая ПГ-4",
            "Газовая плита",
            "",
            "исправна",
        )
    ]
    if home.kind == "heating":
        checked = timeline.shifted(rng.randrange(2, 30), rng.randrange(1, 28))
        boiler = f"КЧ-{rng.randrange(10**7):07d}"
        rows.append(
            (home.number, boiler, "Котёл КЧГ-24", "Отопительный котёл", checked, "исправен")
        )
    if rng.random() < 0.3:
        rows.append((home.number, "", "Сигнализатор загазованности", "Сигнализатор", "", ""))
    return rows


def _contracts(spec: ProviderSpec, home: Household, timeline: Timeline) -> list[Row]:
    rng = home.rng
    subject = {
        HOUSING.code: "Управление многоквартирным домом",
        POWER.code: "Энергоснабжение",
    }.get(spec.code, "Поставка газа")
    state = "terminated" if home.closed else "prolonged" if rng.random() < 0.4 else "concluded"
    back = home.first - len(timeline.months) if home.opened else -rng.randrange(30, 200)
    started = timeline.shifted(back, 1)
    rows: list[Row] = [
        (
            home.number,
            f"Д-{home.number}",
            subject,
            spec.name,
            state,
            started,
            _closed_on(home, timeline),
        )
    ]
    if spec in {GAS_A, GAS_B} and not home.closed and not home.opened:
        care = "Техническое обслуживание ВДГО"
        number = f"ТО-{home.number}"
        if rng.random() < 0.5:
            old = (timeline.shifted(-72, 1), timeline.shifted(-12, 1))
            rows.append((home.number, f"{number}/1", care, spec.name, "terminated", *old))
        rows.append((home.number, number, care, spec.name, state, timeline.shifted(-12, 1), ""))
    return rows


def _act_of_maintenance(
    writer: BundleWriter, home: Household, timeline: Timeline, rng: Random
) -> None:
    number = f"33000000{rng.randrange(10**8):08d}"
    year, month0 = divmod(timeline.current.number - rng.randrange(2, 14), 12)
    moment = timeline.moment(year, month0 + 1, rng.randrange(1, 28)).replace("T00:00", "T14:37")
    parts = split(79_748, (5, 2, 1))
    titles = ("Техобслуживание ВДГО", "Проверка тяги и плотности соединений", "Инструктаж")
    writer.add("acts", [(home.number, number, moment, "Техобслуживание ВДГО")])
    writer.add(
        "act_lines",
        (
            (home.number, number, line, title, timeline.dialect.money(amount))
            for line, (title, amount) in enumerate(zip(titles, parts, strict=True), start=1)
        ),
    )


def _act_without_lines(writer: BundleWriter, home: Household, timeline: Timeline) -> None:
    """Some acts come without what they consist of."""
    year, month0 = divmod(timeline.current.number - 18, 12)
    moment = timeline.moment(year, month0 + 1, 9).replace("T00:00", "T10:05")
    writer.add("acts", [(home.number, f"34{home.number}", moment, "Проверка прибора учёта")])
