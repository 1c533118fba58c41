"""What the bots' connectors share: how a conversation is named among all recipients, and one call of a bot's API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kabinet.channels.connectors.asking import ask, deadline
from kabinet.channels.connectors.base import NotSent
from kabinet.channels.enums import Channel
from kabinet.kernel import http


def messenger_recipient(channel: Channel, account: str) -> str:
    """Name a person's account at a messenger so that it is taken for no number and no address: ``telegram:5001``."""
    return f"{channel.value}:{account}"


def account_of(recipient: str) -> int:
    """:raises NotSent: it names no account."""
    account = recipient.partition(":")[2]
    if not account.isascii() or not account.isdigit():
        raise NotSent("no account of a messenger", is_final=True)
    return int(account)


def call(url: str, body: Mapping[str, object], *, token: str = "") -> tuple[int, Any]:
    """Give the status and what the bot's API says; ``token`` where it goes into a header.

    :raises NotSent: no answer in time, or none that can be read.
    """
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if token:
        headers["Authorization"] = token
    return ask(http.Request("POST", url, headers, json.dumps(body).encode()), deadline())
