"""The Bot API of MAX, as dev.max.ru/docs-api describes it; only what a bot with codes needs."""

from __future__ import annotations

import time
from typing import Any

from sandbox.messengers.books import Books, Hook
from sandbox.messengers.people import PEOPLE, Person

NAME = "max"
SECRET_HEADER = "X-Max-Bot-Api-Secret"  # noqa: S105 -- a header's name
LONGEST = 4000
METHODS = {"me", "messages", "subscriptions"}
Answer = tuple[int, dict[str, Any]]


def answer(
    books: Books, token: str, call: tuple[str, str], query: dict[str, str], fields: dict[str, Any]
) -> Answer:
    """``call`` is the verb and the method."""
    bot = books.bots.get(NAME)
    if bot is None or token != bot.token:
        return _refusal(401, "verify.token", "Invalid access_token")
    if call == ("GET", "me"):
        return 200, {"user_id": 1, "first_name": bot.name, "username": bot.name, "is_bot": True}
    if call == ("POST", "messages"):
        return _send(books, query.get("user_id", ""), fields)
    if call == ("POST", "subscriptions"):
        return _subscribe(books, fields)
    if call == ("GET", "subscriptions"):
        hook = books.hooks.get(NAME)
        return 200, {"subscriptions": [{"url": hook.url}] if hook else []}
    return _refusal(404, "not.found", "Unknown method")


def _send(books: Books, told: str, fields: dict[str, Any]) -> Answer:
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        return _refusal(400, "proto.payload", "text: must not be empty or too long")
    person = int(told) if told.isdigit() else 0
    if person not in PEOPLE or not books.has_started(NAME, person):
        return _refusal(404, "dialog.not.found", "error.dialog.notfound")
    if books.has_stopped(NAME, person):
        return _refusal(403, "chat.denied", "error.dialog.suspended")
    number = books.write(NAME, person, text, is_from_bot=True)
    at = int(time.time() * 1000)
    body = {"mid": f"mid.{number:032x}", "seq": number, "text": text}
    recipient = {"chat_id": person + 100_000, "chat_type": "dialog", "user_id": person}
    return 200, {"message": {"recipient": recipient, "timestamp": at, "body": body}}


def _subscribe(books: Books, fields: dict[str, Any]) -> Answer:
    url, secret = str(fields.get("url", "")), str(fields.get("secret", ""))
    if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        return 200, {"success": False, "message": "Webhook URL must be HTTPS"}
    books.hooks[NAME] = Hook(url, secret, tuple(fields.get("update_types") or ()))
    return 200, {"success": True}


def started(_books: Books, person: Person, payload: str) -> dict[str, Any]:
    """The news of somebody who has pressed «Start»."""
    return _news("bot_started", person) | ({"payload": payload} if payload else {})


def stopped(_books: Books, person: Person) -> dict[str, Any]:
    """The news of somebody who has stopped the bot."""
    return _news("bot_stopped", person)


def _news(kind: str, person: Person) -> dict[str, Any]:
    user = {
        "user_id": person.number,
        "first_name": person.name,
        "last_name": person.surname,
        "username": person.nickname,
        "is_bot": False,
        "name": person.full_name,
    }
    return {
        "update_type": kind,
        "timestamp": int(time.time() * 1000),
        "chat_id": person.number + 100_000,
        "user": user,
        "user_locale": "ru",
    }


def _refusal(status: int, code: str, message: str) -> Answer:
    return status, {"code": code, "message": message}
