"""A person's data for whoever holds an access marker: /rs/prns/{oid} and the contacts under it."""

from __future__ import annotations

from typing import Any

from sandbox.esia.people import Person

Answer = tuple[int, dict[str, Any]]
CONTACT_SCOPES = frozenset({"email", "mobile", "contacts"})
NOT_ALLOWED: Answer = (403, {"code": "ESIA-005011", "message": "Access is not allowed"})
NO_MARKER: Answer = (401, {"code": "ESIA-005010", "message": "The access token is invalid"})
UNKNOWN: Answer = (404, {"code": "ESIA-005004", "message": "There is no such resource"})


def answer(
    path: list[str], embed: str, opened: tuple[Person, frozenset[str]] | None, base: str
) -> Answer:
    """Serve what stands after /rs/: ``embed`` says whether lists come with their rows or with addresses of them."""
    if opened is None:
        return NO_MARKER
    person, scopes = opened
    own = f"{base}/rs/prns/{person.oid}"
    match path:
        case ["prns", oid, *_] if oid != str(person.oid):
            found = NOT_ALLOWED
        case ["prns", _]:
            found = 200, _person(person, scopes, embed, own)
        case ["prns", _, "ctts"] if scopes & CONTACT_SCOPES:
            found = 200, _contacts(person, scopes, own, with_rows=embed == "(elements)")
        case ["prns", _, "ctts"]:
            found = NOT_ALLOWED
        case _:
            found = UNKNOWN
    return found


def _person(person: Person, scopes: frozenset[str], embed: str, own: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "stateFacts": ["EntityRoot"],
        "eTag": f"{person.oid:040X}",
        "trusted": person.is_confirmed,
        "status": "REGISTERED",
        "verifying": False,
    }
    if "fullname" in scopes:
        told |= {"lastName": person.surname, "firstName": person.name}
        if person.patronymic:
            told["middleName"] = person.patronymic
    if "contacts.elements" in embed and scopes & CONTACT_SCOPES:
        told["contacts"] = _contacts(person, scopes, own, with_rows=True)
    return told


def _contacts(
    person: Person, scopes: frozenset[str], own: str, *, with_rows: bool
) -> dict[str, Any]:
    rows = [row for row in _rows(person) if row["type"] in _allowed(scopes)]
    elements: list[Any] = rows if with_rows else [f"{own}/ctts/{row['id']}" for row in rows]
    return {"stateFacts": ["hasSize"], "size": len(rows), "elements": elements}


def _allowed(scopes: frozenset[str]) -> set[str]:
    if "contacts" in scopes:
        return {"EML", "MBT"}
    return {kind for scope, kind in (("email", "EML"), ("mobile", "MBT")) if scope in scopes}


def _rows(person: Person) -> list[dict[str, Any]]:
    contacts = (
        ("MBT", person.phone, person.phone_is_verified),
        ("EML", person.email, person.email_is_verified),
    )
    return [
        {
            "stateFacts": ["Identifiable"],
            "id": person.oid * 10 + number,
            "type": kind,
            "vrfStu": "VERIFIED" if verified else "NOT_VERIFIED",
            "value": value,
        }
        for number, (kind, value, verified) in enumerate(contacts)
        if value
    ]
