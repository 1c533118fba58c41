from __future__ import annotations

from typing import Protocol, runtime_checkable


class NotRegistered(Exception):  # noqa: N818 -- a fact, not an error
    """The messenger does not accept where it is to bring its news."""


@runtime_checkable
class BringsNews(Protocol):
    """A messenger's connector: its other side brings what people do in the bot's conversation to an address of ours."""

    key: str

    def register(self, address: str) -> None:
        """:raises NotSent: no answer.

        :raises NotRegistered: it was not accepted.
        """
