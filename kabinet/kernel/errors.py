"""The two kinds of refusal that every page and interface knows how to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class NotVisible(Exception):  # noqa: N818 -- a fact, not an error
    """There is no such thing, or the actor may not know that there is one. Shown as 404."""


class Refused(Exception):  # noqa: N818 -- a fact, not an error
    """The request was understood and cannot be done, now or by this actor. Shown as 409.

    ``message`` is a Russian sentence for the person: what happened and what to do next.
    """

    message: StrOrPromise = ""

    def __init__(self, message: StrOrPromise = "") -> None:
        super().__init__(message or self.message)

    def __str__(self) -> str:
        return str(self.args[0])
