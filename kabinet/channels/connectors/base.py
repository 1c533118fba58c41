from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Message:
    """What is to leave. ``key`` is ours and stays the same over repeats; after ``lifetime`` it is worth nothing."""

    recipient: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    key: uuid.UUID
    created_at: datetime
    is_repeat: bool = False
    lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What a gateway took earlier, under its own name."""

    reference: str
    recipient: str


class Outcome(Enum):
    """What became of it in the end. ``BOUNCED``: the address or number takes no messages at all."""

    DELIVERED = auto()
    FAILED = auto()
    BOUNCED = auto()


class NotSent(Exception):  # noqa: N818 -- a fact, not an error
    """The message did not leave, or that is not known. The reason holds nothing of the message.

    ``is_final``: trying again cannot help. ``bounced``: the address or number takes no messages at all.
    """

    def __init__(self, reason: str, *, is_final: bool = False, bounced: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final or bounced
        self.bounced = bounced


class Connector(Protocol):
    """A way out for one kind of message. It answers within its own timeout or raises."""

    key: str

    def send(self, message: Message) -> str:
        """Hand the message over and give the other side's name for it, empty where it can't be asked later.

        A repeat of what was taken before gives the same name and sends nothing, where the other side can tell.

        :raises NotSent: it was not taken, or no answer came.
        """


@runtime_checkable
class TracksDelivery(Protocol):
    """A connector whose other side says later what became of a message."""

    def outcomes(self, sent: Sequence[SentMessage]) -> Mapping[str, Outcome]:
        """Give the outcomes that are known by now, by reference; within one timeout for all.

        :raises NotSent: nothing could be learnt.
        """
