"""Accounts with fixed numbers, names and secrets: for the demo's sign-ins, the tests and the documents."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from demo import manuals, troubles
from demo.bundle import BundleWriter
from demo.history import write_account
from demo.households import Fate, Household, Payer
from demo.months import Timeline
from demo.people import Address, Person
from demo.providers import BY_CODE, GAS_A, GAS_B, HOUSING, POWER, ProviderSpec
from demo.reference import BRANCHES


@dataclass(frozen=True, slots=True)
class Shown:
    """One account to show; ``what`` says in Russian what is special about it.

    ``manual`` names the rows of the manuals that stand in it instead of a drawn history, ``trouble`` rows as no billing
    system should send them. ``serial`` is its first meter's number. ``silent`` people have neither paid nor read the meter this month.
    """

    provider: str
    number: str
    what: str
    holder: str
    address: str
    payer: Payer = Payer.EXACT
    fate: Fate = Fate.NORMAL
    kind: str = ""
    pin: str = ""
    serial: str = ""
    branch: int = 0
    residents: int = 2
    area: int = 5420
    closed: bool = False
    silent: bool = False
    benefit: bool = False
    separate: bool = False
    manual: str = ""
    trouble: str = ""

    @property
    def is_fixed(self) -> bool:
        return bool(self.manual or self.trouble)


LONG_NAME = "Кристорождественская-Константинопольская Александра-Мария Всеволодовна"
LONG_STREET = "ул. Героев-Железнодорожников Третьей Приозёрской Стрелковой Дивизии"

SHOWCASE: tuple[Shown, ...] = (
    # Gas company, style A: limited access by number, full access by meter, last charge or PIN.
    Shown(
        GAS_A.code, "203330486", "обычный дом с газовым отоплением, счёт ещё не оплачен",
        "Абрамов Борис Васильевич", "ул. Лесная|12", kind="heating", pin="482915",
        serial="07416852", area=13510, silent=True, benefit=True,
    ),
    Shown(
        GAS_A.code, "203330511", "долг за несколько месяцев",
        "Ершова Галина Петровна", "ул. Мира|7А||15", Payer.DEBTOR, kind="stove", pin="117304",
        serial="05530117", silent=True,
    ),
    Shown(
        GAS_A.code, "203330528", "переплата",
        "Соловьёв Пётр Ильич", "ул. Новая|44/2", Payer.AHEAD, kind="heating", pin="903441",
        serial="06120528", area=9800,
    ),
    Shown(
        GAS_A.code, "203330535", "скоро поверка счётчика",
        "Тарасова Людмила Олеговна", "ул. Садовая|3", fate=Fate.DUE_SOON, kind="heating",
        pin="640028", serial="04410535", area=11200, silent=True,
    ),
    Shown(
        GAS_A.code, "203330541", "поверка просрочена, показания не принимаются",
        "Жуков Фёдор Семёнович", "пер. Озёрный|21Б", fate=Fate.EXPIRED, kind="heating",
        pin="218876", serial="03300541", area=8700, silent=True,
    ),
    Shown(
        GAS_A.code, "203330558", "счётчик заменён в этом году",
        "Крылова Дарья Андреевна", "ул. Полевая|60", fate=Fate.REPLACED, kind="heating",
        pin="551902", serial="02200558", area=10400,
    ),
    Shown(
        GAS_A.code, "203330564", "счёт закрыт",
        "Орлов Виктор Фёдорович", "ул. Газовиков|18", kind="heating", pin="330564",
        serial="01100564", area=7600, closed=True,
    ),
    Shown(
        GAS_A.code, "203330571", "очень длинные имя и адрес",
        LONG_NAME, f"{LONG_STREET}|117/14|3 литера Б|1204А", Payer.ROUND, kind="stove",
        pin="777571", serial="09900571", residents=7,
    ),
    Shown(
        GAS_A.code, "000492463", "без счётчика, начисляют по нормативу",
        "Ли Ольга", "мкр. Северный|5||8", fate=Fate.NONE, kind="stove", pin="492463", residents=3,
    ),
    Shown(
        GAS_A.code, "203330593", "счётчик сломан, начисляют по среднему",
        "Новиков Олег Иванович", "ул. 8 Марта|9", Payer.LATE, Fate.BROKEN, "heating",
        pin="203593", serial="08800593", branch=1, area=9100,
    ),
    Shown(
        GAS_A.code, "3301635", "пример руководства: взаиморасчёты за июль–сентябрь 2019 года",
        "Иванов Иван Иванович", "ул. Зелёная|1", pin="330163", area=13510, manual="settlements",
    ),
    Shown(
        GAS_A.code, "203330602", "закрытый месяц снова открыт, и начислено с минусом",
        "Ершова Галина Петровна", "ул. Мира|9", pin="203602", area=9600, trouble="reopened",
    ),
    Shown(
        GAS_A.code, "203330619", "счёт за месяц, который не наступил",
        "Ершова Галина Петровна", "ул. Мира|11||3", pin="203619", trouble="ahead",
    ),
    # Gas and heat company, style B: initials and one more fact.
    Shown(
        GAS_B.code, "510080", "обычный дом, счёт ещё не оплачен",
        "Абрамов Борис Васильевич", "ул. Берёзовая|30", kind="heating", pin="510080",
        serial="07416901", area=12100, silent=True,
    ),
    Shown(
        GAS_B.code, "805107", "долг с пенями",
        "Воробьёва Раиса Геннадьевна", "пр-т Строителей|14||88", Payer.DEBTOR, kind="stove",
        pin="805107", serial="05580510", silent=True,
    ),
    Shown(
        GAS_B.code, "160733651169", "переплата, номер из двенадцати цифр",
        "Медведев Лев Андреевич", "наб. Реки Белой|2В", Payer.AHEAD, kind="heating",
        pin="651169", serial="01607336", branch=1, area=15600,
    ),
    Shown(
        GAS_B.code, "24022552", "поверка просрочена, показания принимаются с предупреждением",
        "Поляков Юрий Николаевич", "ул. Энергетиков|11", fate=Fate.EXPIRED, kind="heating",
        pin="240225", serial="02402255", area=9900, silent=True,
    ),
    Shown(
        GAS_B.code, "10031851", "пример руководства: начисления за декабрь 2023 – май 2024 года",
        "Петрова Мария Сергеевна", "ул. Мира|16||4", pin="100318", manual="charges",
    ),
    Shown(
        GAS_B.code, "510098", "итоги счетов не сходятся, один счёт без строк",
        "Ершова Галина Петровна", "ул. Берёзовая|32", pin="510098", trouble="mismatch",
    ),
    Shown(
        GAS_B.code, "510106", "счетов ещё нет, счётчик без показаний",
        "Ершова Галина Петровна", "ул. Берёзовая|34", pin="510106", serial="05101060",
        trouble="empty",
    ),
    # Electricity, style C: day zones, a reading window, several suppliers.
    Shown(
        POWER.code, "10204518", "двухтарифный счётчик, две зоны суток",
        "Абрамов Борис Васильевич", "ул. Плотинная|8|2|56", kind="zones", serial="37204518",
        silent=True,
    ),
    Shown(
        POWER.code, "10204534", "долг двум поставщикам",
        "Семёнова Жанна Викторовна", "ул. 8 Марта|70||12", Payer.DEBTOR, serial="37204534",
        silent=True,
    ),
    Shown(
        POWER.code, "10204542", "переплата",
        "Зайцев Семён Олегович", "ул. Зелёная|4||101", Payer.AHEAD, serial="37204542",
    ),
    Shown(
        POWER.code, "10204559", "сельский дом с электроотоплением, другой филиал и поставщик",
        "Филиппова Софья Михайловна", "СНТ «Ветеран Лесной Промышленности-2», линия 14-я|6",
        Payer.ROUND, kind="electric", serial="37204559", branch=1, area=8800,
    ),
    Shown(
        POWER.code, "10204567", "поставщик в строках не указан, от другого нет данных",
        "Ершова Галина Петровна", "ул. Плотинная|10||2", trouble="nameless",
    ),
    # Housing, style D: number, house and flat, then the surname.
    Shown(
        HOUSING.code, "1017200011", "квартира со счётчиками воды, счёт ещё не оплачен",
        "Абрамов Борис Васильевич", "ул. Садовая|17|2|34", serial="29417001", residents=3,
        area=6130, silent=True,
    ),
    Shown(
        HOUSING.code, "1017200029", "раздельные счета: основной и на воду",
        "Голубева Анна Ивановна", "ул. Садовая|17|2|35", serial="29417002", separate=True,
        silent=True,
    ),
    Shown(
        HOUSING.code, "1017200037", "долг с пенями",
        "Степанов Григорий Львович", "ул. Садовая|19||7", Payer.DEBTOR, serial="29417003",
        area=4480, silent=True,
    ),
    Shown(
        HOUSING.code, "1017200045", "переплата по услугам",
        "Никитина Ирина Юрьевна", "ул. Садовая|19||61", Payer.AHEAD, serial="29417004",
    ),
    Shown(
        HOUSING.code, "1017200052", "скоро поверка счётчика горячей воды",
        "Фролов Евгений Борисович", "ул. Садовая|21А||3", fate=Fate.DUE_SOON, serial="29417005",
        silent=True,
    ),
    Shown(
        HOUSING.code, "1017200060", "без счётчиков воды, очень длинные имя и адрес",
        LONG_NAME, f"{LONG_STREET}|21Г/35|4 литера В|115Б", Payer.ROUND, Fate.NONE, residents=5,
    ),
    Shown(
        HOUSING.code, "1017200078", "только платежи, ни одного счёта",
        "Ершова Галина Петровна", "ул. Садовая|23||5", trouble="only_paid",
    ),
    Shown(
        HOUSING.code, "1234567899", "пример руководства: общая информация за три месяца и история оплат",
        "Сидоров Захар Захарович", "ул. Кыштымская|10||1010", manual="general",
    ),
    Shown(
        HOUSING.code, "1234567881", "пример руководства: детализация за август 2020 года",
        "Белосельских-Белозерских Константин Фёдорович", "ул. Кыштымская|12||77", area=11480,
        manual="breakdown",
    ),
    Shown(
        HOUSING.code, "1234567873", "пример руководства: печатная квитанция с двумя получателями",
        "Соловьёва Зинаида Захаровна", "ул. Кыштымская|14||17", area=1000, residents=4,
        manual="receipt",
    ),
)  # fmt: skip


def shown_by(provider: str) -> list[Shown]:
    return [row for row in SHOWCASE if row.provider == provider]


def write_showcase(
    writer: BundleWriter, spec: ProviderSpec, timeline: Timeline, *, limit: int
) -> int:
    """Write the provider's showcase accounts, not more than ``limit``; gives how many."""
    rows = shown_by(spec.code)[:limit]
    for row in rows:
        home = household_of(row, months=len(timeline.months))
        if row.is_fixed:
            write = {**manuals.WRITE, **troubles.WRITE}[row.manual or row.trouble]
            manuals.write_fixed(spec, manuals.Sheet(writer, home, timeline), write)
        else:
            write_account(writer, spec, home, timeline)
    return len(rows)


def household_of(row: Shown, *, months: int) -> Household:
    """Give the household behind a showcase row: the same one for any seed."""
    branch = BRANCHES[row.provider][row.branch]
    surname, name, patronymic = (*row.holder.split(), "")[:3]
    street, house, building, flat = (*row.address.split("|"), "", "", "")[:4]
    return Household(
        number=row.number,
        rng=Random(f"showcase:{row.number}"),
        person=Person(surname, name, patronymic, "", "+7 900 000-00-00"),
        address=Address(branch.city, street, house, building, flat),
        branch=branch.code,
        payer=row.payer,
        fate=row.fate,
        first=0,
        last=max(0, months - 6) if row.closed else months - 1,
        in_block=bool(flat) or BY_CODE[row.provider] is HOUSING,
        residents=row.residents,
        area=row.area,
        kind=row.kind,
        closed=row.closed and months > 1,
        silent=row.silent,
        benefit=row.benefit,
        separate=row.separate,
        pin=row.pin,
        serial=row.serial,
        house_areas=manuals.HOUSES.get(row.manual, ()),
    )
