"""The two services as far as they differ: addresses, what is asked, what is told of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.social.people import Person

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Client:
    """A system that may send people here."""

    number: str
    secret: str
    redirect_uris: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """``names_device``: a device is told at the return and must be named again with the code."""

    name: str
    title: str
    scopes: frozenset[str]
    names_device: bool


VK = Service("vk", "VK ID", frozenset({"vkid.personal_info", "phone", "email"}), names_device=True)
YANDEX = Service(
    "yandex",
    "Яндекс ID",
    frozenset({"login:info", "login:email", "login:default_phone"}),
    names_device=False,
)
SERVICES = {service.name: service for service in (VK, YANDEX)}
WORDS = {
    "vkid.personal_info": "имя и фамилия",
    "login:info": "имя и фамилия",
    "phone": "номер телефона",
    "login:default_phone": "номер телефона",
    "email": "электронная почта",
    "login:email": "электронная почта",
}


def vk_user(person: Person, scopes: frozenset[str]) -> dict[str, Any]:
    """What /oauth2/user_info answers; a field without permission or without a value is not there."""
    user: dict[str, Any] = {
        "user_id": str(person.number),
        "first_name": person.name,
        "last_name": person.surname,
        "sex": 0,
        "verified": False,
    }
    told = {"phone": person.phone, "email": person.email}
    return {"user": user | {name: told[name] for name in told if told[name] and name in scopes}}


def yandex_user(person: Person, scopes: frozenset[str], client: Client) -> dict[str, Any]:
    """What login.yandex.ru/info answers."""
    user: dict[str, Any] = {
        "id": str(person.number),
        "login": f"user{person.number}",
        "client_id": client.number,
        "first_name": person.name,
        "last_name": person.surname,
        "real_name": person.full_name,
        "display_name": person.name,
        "psuid": f"1.AA{person.number}",
    }
    if "login:email" in scopes and person.email:
        user |= {"default_email": person.email, "emails": [person.email]}
    if "login:default_phone" in scopes and person.phone:
        user["default_phone"] = {"id": person.number, "number": f"+{person.phone}"}
    return user
