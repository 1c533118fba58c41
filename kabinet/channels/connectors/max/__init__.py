"""Messages of a bot in MAX (dev.max.ru/docs-api): the token goes into a header, people are named by their number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from kabinet.channels.connectors.base import Message, NotSent
from kabinet.channels.connectors.bots import account_of, call
from kabinet.channels.connectors.registering import NotRegistered

HEARD = ("bot_started", "bot_stopped")
OK = 200
# «chat.denied»: the person has stopped the bot; «dialog.not.found»: there is no such conversation. The word decides: a
# wrong address answers 404 too, and that must not pass for everybody's having stopped the bot.
FORBIDDEN, NOT_FOUND = 403, 404
NOT_TO_THEM = ("chat.", "dialog.")
FINAL = {400, 401, FORBIDDEN, NOT_FOUND, 405}


class Max:
    key = "max"

    def send(self, message: Message) -> str:
        """A repeat may arrive twice: the messenger knows no number of ours. What it took is in the conversation."""
        query = urlencode({"user_id": account_of(message.recipient)})
        status, told = _call(f"messages?{query}", {"text": message.text})
        if status in (FORBIDDEN, NOT_FOUND) and _word(told).startswith(NOT_TO_THEM):
            raise NotSent("MAX: the person takes no messages", bounced=True)
        if status != OK or not (isinstance(told, dict) and "message" in told):
            raise NotSent(f"MAX: status {status}", is_final=status in FINAL)
        return ""

    def register(self, address: str) -> None:
        """Ask for the bot's news at this address of ours, under the secret of the settings.

        :raises NotSent: no answer.
        :raises NotRegistered: it was not accepted.
        """
        body = {
            "url": address,
            "secret": settings.MAX_HOOK_SECRET,
            "update_types": list(HEARD),
        }
        status, told = _call("subscriptions", body)
        if not (isinstance(told, dict) and told.get("success")):
            said = told.get("message", "") if isinstance(told, dict) else ""
            raise NotRegistered(f"status {status}: {said}")


def _word(told: Any) -> str:
    return str(told.get("code", "")) if isinstance(told, dict) else ""


def _call(path: str, body: Mapping[str, object]) -> tuple[int, Any]:
    return call(f"{settings.MAX_URL.rstrip('/')}/{path}", body, token=settings.MAX_TOKEN)
