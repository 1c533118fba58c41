"""The demo's way out: nothing leaves, the mailbox page shows the text."""

from __future__ import annotations

from kabinet.channels.connectors.base import Message
from kabinet.channels.enums import MAILBOX


class Mailbox:
    key = MAILBOX

    def send(self, message: Message) -> str:  # noqa: ARG002 -- the text already stands in the delivery
        return ""
