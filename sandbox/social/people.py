"""Invented people with accounts of every kind that a client system meets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """``number`` is the account's own at either service; ``note`` tells on the page what is particular."""

    number: int
    name: str
    surname: str
    note: str
    phone: str = ""
    email: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.surname}".strip()


LIDIA = Person(
    501000001,
    "Лидия",
    "Волкова",
    "новый человек: почта и телефон",
    phone="79165550701",
    email="lidia.volkova@yandex.example",
)
MARK = Person(501000002, "Марк", "Сомов", "ни почты, ни телефона")
BORIS = Person(
    501000003,
    "Борис",
    "Орлов",
    "почта та же, что у человека из показа",
    phone="79165550703",
    email="Boris@Kabinet.example",
)
ZOYA = Person(
    501000004,
    "Zoya ★",
    "",
    "имя со знаками, которых в именах не бывает",
    phone="79165550704",
    email="zoya@yandex.example",
)
PEOPLE = {person.number: person for person in (LIDIA, MARK, BORIS, ZOYA)}
