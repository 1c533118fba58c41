"""The mailbox to which mail servers return what they could not deliver (IMAP4rev1, RFC 3501, over TLS)."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

TIMEOUT_SECONDS = 10
AT_ONCE = 100
# A report quotes the letter at most; what is longer is none.
LONGEST = 256 * 1024


class MailboxClosed(Exception):  # noqa: N818 -- a fact, not an error
    """The mailbox could not be read. The reason holds nothing of any letter."""


def taken(answer: tuple[str, list[Any]]) -> list[Any]:
    """:raises imaplib.IMAP4.error: the server refuses."""
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(answer[0])
    return answer[1]


class Returns:
    """The unread letters of a mailbox that serves for nothing else."""

    def __init__(self, line: imaplib.IMAP4) -> None:
        self._line = line

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """Give the oldest unread letters, a hundred at most: a name for ``mark_read`` and what it holds."""
        found = self._ask("SEARCH", "UNSEEN")
        for name in (found[0] or b"").decode().split()[:AT_ONCE]:
            parts = self._ask("FETCH", name, f"(BODY.PEEK[]<0.{LONGEST}>)")
            yield name, next((part[1] for part in parts if isinstance(part, tuple)), b"")

    def mark_read(self, name: str) -> None:
        self._ask("STORE", name, "+FLAGS.SILENT", r"(\Seen)")

    def _ask(self, command: str, *arguments: str) -> list[Any]:
        return taken(self._line.uid(command, *arguments))


@contextmanager
def opened() -> Iterator[Returns]:
    """Open the mailbox of the settings.

    :raises MailboxClosed: it does not answer, does not let us in, or breaks off.
    """
    try:
        line = imaplib.IMAP4_SSL(
            settings.RETURNS_HOST,
            settings.RETURNS_PORT,
            ssl_context=ssl.create_default_context(cafile=settings.RETURNS_CA_FILE or None),
            timeout=TIMEOUT_SECONDS,
        )
        try:
            line.login(settings.RETURNS_USER, settings.RETURNS_PASSWORD)
            taken(line.select(settings.RETURNS_FOLDER))
            yield Returns(line)
        finally:
            # Leaving with LOGOUT would keep the socket open where the line is broken.
            line.shutdown()
    except (imaplib.IMAP4.error, OSError) as error:
        # The server's own words may quote a letter.
        raise MailboxClosed(type(error).__name__) from error
