"""What VK and Yandex tell of a person, as far as we take it.

Proved is only what the service itself has proved and says so in its documents:

- VK: the phone, since a VK account stands on a phone that VK has sent a code to; its e-mail is what the person once
  typed there, so it opens nothing here.
- Yandex: the default e-mail, which is a mailbox at Yandex itself or an address that Yandex has sent a code to. The
  phone is not asked for: we would not believe it, and what is not used must not be asked (152-FZ, art. 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import NotAnIdentifier, identify
from kabinet.identity.names import NotAName, normalise_name

Content = Mapping[str, Any]

LONGEST_UID = 64


class NotAPerson(ValueError):  # noqa: N818 -- a fact, not an error
    """The answer does not say who came."""


@dataclass(frozen=True, slots=True)
class NetworkPerson:
    """``email`` and ``phone`` are normalised and proved by the service, or empty."""

    uid: str
    name: str
    surname: str
    email: str = ""
    phone: str = ""

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.name, self.surname) if part)


def read_vk(content: Content) -> NetworkPerson:
    """Read the answer of /oauth2/user_info.

    :raises NotAPerson: it is not as documented.
    """
    user = content.get("user")
    if not isinstance(user, dict):
        raise NotAPerson("no user")
    return NetworkPerson(
        uid=_number(user.get("user_id")),
        name=_name(user, "first_name"),
        surname=_name(user, "last_name"),
        phone=_contact(IdentifierKind.PHONE, user.get("phone")),
    )


def read_yandex(content: Content) -> NetworkPerson:
    """Read the answer of login.yandex.ru/info.

    :raises NotAPerson: it is not as documented.
    """
    return NetworkPerson(
        uid=_number(content.get("id")),
        name=_name(content, "first_name"),
        surname=_name(content, "last_name"),
        email=_contact(IdentifierKind.EMAIL, content.get("default_email")),
    )


def _number(told: object) -> str:
    """A person's number at the service; VK sends it as a number or as text."""
    text = str(told) if isinstance(told, int) and not isinstance(told, bool) else told
    if not isinstance(text, str) or len(text) > LONGEST_UID:
        raise NotAPerson("no number")
    if not (text.isascii() and text.isdigit()) or not text.lstrip("0"):
        raise NotAPerson("no number")
    return text


def _name(content: Content, field: str) -> str:
    """A name that our own rules do not take is left for the person to write."""
    told = content.get(field)
    try:
        return normalise_name(told) if isinstance(told, str) else ""
    except NotAName:
        return ""


def _contact(kind: IdentifierKind, told: object) -> str:
    try:
        identifier = identify(told) if isinstance(told, str) else None
    except NotAnIdentifier:
        return ""
    return identifier.value if identifier is not None and identifier.kind is kind else ""
