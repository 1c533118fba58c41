"""Whom the tester may play; one of them is a stranger."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    number: int
    name: str
    surname: str
    nickname: str
    note: str

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.surname}"


PEOPLE = {
    one.number: one
    for one in (
        Person(5001, "Ксения", "Озёрная", "ksenia_oz", "хозяйка кабинета"),
        Person(5002, "Борис", "Лугов", "boris_lugov", "её сосед, у него свой кабинет"),
        Person(5003, "Некто", "Чужой", "stranger", "сфотографировал QR-код через плечо"),
    )
}
