"""What messengers bring to our address: whether it is they who bring it, and what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare

from kabinet.identity.enums import Messenger

LONGEST_NAME = 130
# Both messengers count people in 64 bits with a sign.
MOST_PEOPLE = 2**63
PRIVATE = "private"
STARTS = "/start"
# How Telegram calls somebody who has stopped the bot.
STOPPED = "kicked"


class Deed(Enum):
    """What a person did in the bot's conversation. ``RETURNED``: the bot may write again, nothing more."""

    STARTED = auto()
    STOPPED = auto()
    RETURNED = auto()


@dataclass(frozen=True, slots=True)
class Heard:
    """``account`` is the person's number at the messenger, ``secret`` what stood behind the link that was followed."""

    messenger: Messenger
    deed: Deed
    account: str
    called: str = ""
    secret: str = ""


class Unreadable(ValueError):  # noqa: N818 -- a fact, not an error
    """It is not what this messenger brings."""


def is_genuine(messenger: Messenger, headers: Mapping[str, str]) -> bool:
    """Compare the secret that was agreed on with the messenger, in constant time; without one nothing is genuine."""
    header, agreed = {
        Messenger.TELEGRAM: ("X-Telegram-Bot-Api-Secret-Token", settings.TELEGRAM_HOOK_SECRET),
        Messenger.MAX: ("X-Max-Bot-Api-Secret", settings.MAX_HOOK_SECRET),
    }[messenger]
    told = headers.get(header, "")
    return bool(agreed) and constant_time_compare(told.encode(), agreed.encode())


def read(messenger: Messenger, body: bytes) -> Heard | None:
    """Give what was done, or nothing where it is no business of ours (a group, a picture, a chat).

    :raises Unreadable: it is no such message at all.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable from None
    if not isinstance(told, dict):
        raise Unreadable
    try:
        return _telegram(told) if messenger is Messenger.TELEGRAM else _max(told)
    except (KeyError, TypeError, AttributeError):
        raise Unreadable from None


def _telegram(told: Mapping[str, Any]) -> Heard | None:
    if "my_chat_member" in told:
        change = told["my_chat_member"]
        is_stopped = change["new_chat_member"]["status"] == STOPPED
        deed = Deed.STOPPED if is_stopped else Deed.RETURNED
        return _of(Messenger.TELEGRAM, deed, change["chat"]) if _is_private(change) else None
    message = told.get("message")
    if message is None or not _is_private(message):
        return None
    command, _space, secret = str(message.get("text", "")).strip().partition(" ")
    if command != STARTS:
        return None
    return _of(Messenger.TELEGRAM, Deed.STARTED, message["from"], secret.strip())


def _is_private(event: Mapping[str, Any]) -> bool:
    """In a conversation of two the conversation's number is the person's own."""
    return bool(event["chat"]["type"] == PRIVATE)


def _max(told: Mapping[str, Any]) -> Heard | None:
    deed = {"bot_started": Deed.STARTED, "bot_stopped": Deed.STOPPED}.get(told["update_type"])
    if deed is None:
        return None
    return _of(Messenger.MAX, deed, told["user"], str(told.get("payload") or ""))


def _of(messenger: Messenger, deed: Deed, person: Mapping[str, Any], secret: str = "") -> Heard:
    number = person["id" if messenger is Messenger.TELEGRAM else "user_id"]
    if type(number) is not int or not 0 < number < MOST_PEOPLE:
        raise TypeError
    # Ours are ASCII; what cannot be one is not even looked for.
    return Heard(messenger, deed, str(number), _called(person), secret if secret.isascii() else "")


def _called(person: Mapping[str, Any]) -> str:
    """Write whom the person at the page is to know again: the name, and the nickname that is theirs alone."""
    name = " ".join(str(person.get(part) or "") for part in ("first_name", "last_name")).split()
    nickname = str(person.get("username") or "")
    whole = " ".join([*name, f"@{nickname}"] if nickname else name)
    return "".join(sign for sign in whole if sign.isprintable())[:LONGEST_NAME]
