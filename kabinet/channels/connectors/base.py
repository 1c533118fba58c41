from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    recipient: str
    subject: str
    text: str
    html: str


class NotSent(Exception):  # noqa: N818 -- a fact, not an error
    """The message did not leave. ``is_final``: trying again cannot help (no such address)."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


class Connector(Protocol):
    """A way out for one kind of message. It answers within its own timeout or raises."""

    key: str

    def send(self, message: Message) -> None:
        """Hand the message over.

        :raises NotSent: it was not taken.
        """
