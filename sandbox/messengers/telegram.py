"""The Bot API of Telegram, as core.telegram.org/bots/api describes it; only what a bot with codes needs."""

from __future__ import annotations

import time
from typing import Any

from sandbox.messengers.books import Books, Hook
from sandbox.messengers.people import PEOPLE, Person

NAME = "telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 -- a header's name
LONGEST = 4096
Answer = tuple[int, dict[str, Any]]


def answer(books: Books, token: str, method: str, fields: dict[str, Any]) -> Answer:
    bot = books.bots.get(NAME)
    if bot is None or token != bot.token:
        return _refusal(401, "Unauthorized")
    if method == "getMe":
        return _result({"id": 1, "is_bot": True, "first_name": bot.name, "username": bot.name})
    if method == "sendMessage":
        return _send(books, fields)
    if method == "setWebhook":
        return _set_webhook(books, fields)
    if method == "getWebhookInfo":
        hook = books.hooks.get(NAME)
        return _result({"url": hook.url if hook else "", "pending_update_count": 0})
    return _refusal(404, "Not Found")


def _send(books: Books, fields: dict[str, Any]) -> Answer:
    person, text = fields.get("chat_id"), fields.get("text")
    if not isinstance(text, str) or not text.strip():
        return _refusal(400, "Bad Request: message text is empty")
    if len(text) > LONGEST:
        return _refusal(400, "Bad Request: message is too long")
    if not isinstance(person, int) or person not in PEOPLE:
        return _refusal(400, "Bad Request: chat not found")
    if books.has_stopped(NAME, person):
        return _refusal(403, "Forbidden: bot was blocked by the user")
    if not books.has_started(NAME, person):
        return _refusal(403, "Forbidden: bot can't initiate conversation with a user")
    number = books.write(NAME, person, text, is_from_bot=True)
    chat = _chat(PEOPLE[person])
    return _result({"message_id": number, "chat": chat, "date": int(time.time()), "text": text})


def _set_webhook(books: Books, fields: dict[str, Any]) -> Answer:
    url = str(fields.get("url", ""))
    if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        return _refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    kinds = tuple(fields.get("allowed_updates") or ())
    books.hooks[NAME] = Hook(url, str(fields.get("secret_token", "")), kinds)
    return 200, {"ok": True, "result": True, "description": "Webhook was set"}


def started(books: Books, person: Person, payload: str) -> dict[str, Any]:
    """The news of somebody who has pressed «Start»."""
    return {
        "update_id": books.next_number(),
        "message": {
            "message_id": books.next_number(),
            "from": _user(person),
            "chat": _chat(person),
            "date": int(time.time()),
            "text": f"/start {payload}".strip(),
            "entities": [{"offset": 0, "length": 6, "type": "bot_command"}],
        },
    }


def stopped(books: Books, person: Person) -> dict[str, Any]:
    """The news of somebody who has blocked the bot."""
    bot = {"id": 1, "is_bot": True, "first_name": books.bots[NAME].name}
    return {
        "update_id": books.next_number(),
        "my_chat_member": {
            "chat": _chat(person),
            "from": _user(person),
            "date": int(time.time()),
            "old_chat_member": {"user": bot, "status": "member"},
            "new_chat_member": {"user": bot, "status": "kicked", "until_date": 0},
        },
    }


def _user(person: Person) -> dict[str, Any]:
    return {"is_bot": False, "language_code": "ru", **_named(person)}


def _chat(person: Person) -> dict[str, Any]:
    return {"type": "private", **_named(person)}


def _named(person: Person) -> dict[str, Any]:
    return {
        "id": person.number,
        "first_name": person.name,
        "last_name": person.surname,
        "username": person.nickname,
    }


def _result(told: dict[str, Any]) -> Answer:
    return 200, {"ok": True, "result": told}


def _refusal(status: int, description: str) -> Answer:
    return status, {"ok": False, "error_code": status, "description": description}
