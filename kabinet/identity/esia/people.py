"""What ESIA tells of a person, as far as we take it: names, and the contacts that it has proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kabinet.identity.enums import IdentifierKind
from kabinet.identity.esia.markers import Subject
from kabinet.identity.esia.problems import EsiaDown, NotConfirmed
from kabinet.identity.identifiers import NotAnIdentifier, identify
from kabinet.identity.names import NotAName, normalise_name

Content = Mapping[str, Any]

VERIFIED = "VERIFIED"
KINDS = {"EML": IdentifierKind.EMAIL, "MBT": IdentifierKind.PHONE}


@dataclass(frozen=True, slots=True)
class EsiaPerson:
    """``email`` and ``phone`` are normalised and proved at ESIA, or empty."""

    oid: str
    surname: str
    name: str
    patronymic: str
    email: str
    phone: str

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.surname, self.name, self.patronymic) if part)


def read_person(subject: Subject, content: Content) -> EsiaPerson:
    """Read the answer of /rs/prns/{oid} with its contacts.

    :raises NotConfirmed: the account is not confirmed; only then do its names belong to who says so.
    :raises EsiaDown: the answer is not as documented.
    """
    if not subject.is_confirmed or content.get("trusted") is not True:
        raise NotConfirmed("the account is not confirmed")
    contacts = _contacts(content)
    return EsiaPerson(
        oid=subject.oid,
        surname=_name(content, "lastName"),
        name=_name(content, "firstName"),
        patronymic=_name(content, "middleName"),
        email=contacts.get(IdentifierKind.EMAIL, ""),
        phone=contacts.get(IdentifierKind.PHONE, ""),
    )


def _name(content: Content, field: str) -> str:
    """A name that our own rules do not take is left for the person to write."""
    told = content.get(field)
    try:
        return normalise_name(told) if isinstance(told, str) else ""
    except NotAName:
        return ""


def _contacts(content: Content) -> dict[IdentifierKind, str]:
    told = content.get("contacts") or {}
    rows = told.get("elements", []) if isinstance(told, dict) else None
    if not isinstance(rows, list):
        raise EsiaDown("the contacts are not as documented")
    found: dict[IdentifierKind, str] = {}
    for row in rows:
        if isinstance(row, dict) and row.get("vrfStu") == VERIFIED and row.get("type") in KINDS:
            kind = KINDS[row["type"]]
            value = _contact(kind, row.get("value"))
            if value:
                found.setdefault(kind, value)
    return found


def _contact(kind: IdentifierKind, told: object) -> str:
    try:
        identifier = identify(told) if isinstance(told, str) else None
    except NotAnIdentifier:
        return ""
    return identifier.value if identifier is not None and identifier.kind is kind else ""
