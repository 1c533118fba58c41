"""Messages of a bot in Telegram (core.telegram.org/bots/api): the token stands in the address, answers say ``ok``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from kabinet.channels.connectors.base import Message, NotSent
from kabinet.channels.connectors.bots import account_of, call
from kabinet.channels.connectors.registering import NotRegistered

HEARD = ("message", "my_chat_member")
FORBIDDEN, BAD_REQUEST = 403, 400
# Nothing a repeat would change: the request is wrong, or the token is.
FINAL = {BAD_REQUEST, 401, 404}
NO_SUCH_CHAT = "chat not found"


class Telegram:
    key = "telegram"

    def send(self, message: Message) -> str:
        """A repeat may arrive twice: the messenger knows no number of ours. What it took is in the conversation."""
        body = {
            "chat_id": account_of(message.recipient),
            "text": message.text,
            "link_preview_options": {"is_disabled": True},
        }
        status, told = _call("sendMessage", body)
        if not (isinstance(told, dict) and told.get("ok")):
            raise _refusal(status, told)
        return ""

    def register(self, address: str) -> None:
        """Ask for the bot's news at this address of ours, under the secret of the settings.

        :raises NotSent: no answer.
        :raises NotRegistered: it was not accepted.
        """
        body = {
            "url": address,
            "secret_token": settings.TELEGRAM_HOOK_SECRET,
            "allowed_updates": list(HEARD),
        }
        status, told = _call("setWebhook", body)
        if not (isinstance(told, dict) and told.get("ok")):
            raise NotRegistered(f"status {status}: {_description(told)}")


def _call(name: str, body: Mapping[str, object]) -> tuple[int, Any]:
    return call(f"{settings.TELEGRAM_URL.rstrip('/')}/bot{settings.TELEGRAM_TOKEN}/{name}", body)


def _refusal(status: int, told: Any) -> NotSent:
    """403: the person has stopped the bot, or left Telegram. Its own words are not repeated."""
    if status == FORBIDDEN or (status == BAD_REQUEST and NO_SUCH_CHAT in _description(told)):
        return NotSent("Telegram: the person takes no messages", bounced=True)
    return NotSent(f"Telegram: status {status}", is_final=status in FINAL)


def _description(told: Any) -> str:
    return str(told.get("description", "")) if isinstance(told, dict) else ""
