"""The demo's SMS as they came to the telephones of the stand-in, asked over HTTP like everything of another program."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

CONNECTOR, PATH = "smsc", "/sys"
SECONDS = 2.0
LOST = {"expired", "failed"}


@dataclass(frozen=True, slots=True)
class Arrived:
    """One SMS; without its text where it was lost."""

    recipient: str
    text: str
    is_sent: bool
    created_at: datetime
    subject: str = ""
    is_sms: bool = True


class NoTelephones(Exception):  # noqa: N818 -- a fact, not an error
    """The stand-in does not answer: it is still starting, or has been stopped."""


def address() -> str:
    """Give where the telephones are, or nothing where the demo's SMS stay in the mailbox."""
    if settings.SMS_CONNECTOR != CONNECTOR:
        return ""
    return str(settings.SMSC_URL).removesuffix(PATH)


def get_arrived(*, count: int) -> Sequence[Arrived]:
    """Give the newest SMS.

    :raises NoTelephones: no answer.
    """
    if not address():
        return []
    try:
        with urllib.request.urlopen(f"{address()}/control/messages", timeout=SECONDS) as answer:  # noqa: S310 -- the stand-in's own address
            rows = json.load(answer)
    except (OSError, ValueError) as silence:
        raise NoTelephones from silence
    return [
        Arrived(
            recipient=f"+{row['phone']}",
            text=row["text"] if row["state"] not in LOST else "",
            is_sent=row["state"] not in LOST,
            created_at=datetime.fromtimestamp(row["at"], tz=UTC),
        )
        for row in rows[-count:]
    ]
