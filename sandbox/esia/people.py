"""Invented people with accounts of every kind that a client system meets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """``note`` tells on the page what is particular; a contact is shown to clients with its own mark of proof."""

    oid: int
    surname: str
    name: str
    patronymic: str
    note: str
    email: str = ""
    phone: str = ""
    email_is_verified: bool = True
    phone_is_verified: bool = True
    is_confirmed: bool = True

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.surname, self.name, self.patronymic) if part)


VERA = Person(
    1000299353,
    "Смирнова",
    "Вера",
    "Павловна",
    "подтверждённая запись, почта и телефон",
    email="vera.smirnova@gosuslugi.example",
    phone="+7(916)2223344",
)
BORIS = Person(
    1000299354,
    "Орлов",
    "Борис",
    "Андреевич",
    "почта та же, что у человека из показа",
    email="Boris@Kabinet.example",
    phone="+7(916)5550101",
)
GALINA = Person(
    1000299355,
    "Ким",
    "Галина",
    "",
    "подтверждённая запись без почты, отчества нет",
    phone="+7(916)5550202",
)
PYOTR = Person(
    1000299356,
    "Немов",
    "Пётр",
    "Ильич",
    "подтверждённая запись без почты и телефона",
)
INNA = Person(
    1000299357,
    "Белова",
    "Инна",
    "Олеговна",
    "почта в Госуслугах не подтверждена",
    email="inna.belova@gosuslugi.example",
    phone="+7(916)5550303",
    email_is_verified=False,
)
TIMUR = Person(
    1000299358,
    "Гареев",
    "Тимур",
    "Маратович",
    "запись не подтверждена: только упрощённая",
    email="timur.gareev@gosuslugi.example",
    phone="+7(916)5550404",
    is_confirmed=False,
)
PEOPLE = {person.oid: person for person in (VERA, BORIS, GALINA, PYOTR, INNA, TIMUR)}
