"""Invented people and addresses, some of them long, some with gaps."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MEN = _words(
    "Александр Борис Виктор Григорий Дмитрий Евгений Иван Константин Лев Михаил Николай "
    "Олег Пётр Семён Фёдор Юрий "
)
WOMEN = _words(
    "Анна Валентина Галина Дарья Екатерина Жанна Зинаида Ирина Ксения Людмила Мария "
    "Наталья Ольга Раиса Софья Юлия "
)
FATHERS = _words(
    "Александр Андре Борис Василь Владимир Геннадь Иван Михайл Николай Олег Петр Семён "
    "Сергей Фёдор "
)
SURNAMES = _words(
    "Абрамов Алексеев Берёзкин Богданов Васильев Виноградов Воробьёв Голубев Григорьев "
    "Дмитриев Ершов Ефимов Жуков Зайцев Иванов Ильин Калинин Ковалёв Козлов Королёв Крылов "
    "Кузнецов Лебедев Макаров Медведев Морозов Никитин Новиков Орлов Осипов Павлов Петров "
    "Поляков Романов Савельев Семёнов Соболев Соловьёв Степанов Тарасов Титов Фёдоров "
    "Филиппов Фролов Чернов Шестаков Щербаков Яковлев "
)
# Same for men and women, and as long as they come.
UNUSUAL = (
    "Кристорождественская-Константинопольская",
    "Абдурахмангаджи-Мухамедзянова",
    "Белосельских-Белозерских",
    "О’Коннор",
    "Ли",
    "Черных",
    "Шевченко",
)
STREETS = (
    "ул. Лесная",
    "ул. Садовая",
    "ул. Мира",
    "ул. Газовиков",
    "ул. Берёзовая",
    "пер. Озёрный",
    "ул. Новая",
    "пр-т Строителей",
    "ул. Полевая",
    "ул. 8 Марта",
    "ул. Зелёная",
    "наб. Реки Белой",
    "ул. Энергетиков",
    "мкр. Северный",
    "ул. Героев-Железнодорожников Третьей Приозёрской Стрелковой Дивизии",
    "СНТ «Ветеран Лесной Промышленности-2», линия 14-я",
)
LETTERS = "АБВГ"


@dataclass(slots=True)
class Person:
    surname: str
    name: str
    patronymic: str = ""
    email: str = ""
    phone: str = ""


@dataclass(slots=True)
class Address:
    city: str
    street: str
    house: str
    building: str = ""
    flat: str = ""
    fias: str = ""


def draw_person(rng: Random, number: str) -> Person:
    woman = rng.random() < 0.56
    father = rng.choice(FATHERS)
    person = Person(
        surname=rng.choice(SURNAMES) + ("а" if woman else ""),
        name=rng.choice(WOMEN if woman else MEN),
        patronymic=_patronymic(father, woman=woman),
    )
    luck = rng.random()
    if luck < 0.03:
        person.surname = rng.choice(UNUSUAL)
    elif luck < 0.05:
        person.patronymic = ""
    if rng.random() < 0.45:
        person.email = f"abonent{number}@pochta.example"
    if rng.random() < 0.7:
        person.phone = f"+7 900 000-{rng.randrange(100):02d}-{rng.randrange(100):02d}"
    return person


def draw_address(rng: Random, city: str, *, in_block: bool) -> Address:
    house = str(rng.randrange(1, 190))
    luck = rng.random()
    if luck < 0.12:
        house += rng.choice(LETTERS)
    elif luck < 0.16:
        house += f"/{rng.randrange(1, 20)}"
    return Address(
        city=city,
        street=rng.choice(STREETS),
        house=house,
        building=str(rng.randrange(1, 5)) if in_block and luck > 0.9 else "",
        flat=_flat(rng) if in_block else "",
        fias=str(uuid.UUID(int=rng.getrandbits(128), version=4)) if luck < 0.6 else "",
    )


def _flat(rng: Random) -> str:
    number = str(rng.randrange(1, 240))
    return number + rng.choice(LETTERS) if rng.random() < 0.03 else number


def _patronymic(father: str, *, woman: bool) -> str:
    soft = father[-1] in "еь"
    stem = f"{father}е" if father[-1] == "ь" else father
    if soft:
        return stem + ("вна" if woman else "вич")
    return stem + ("овна" if woman else "ович")
