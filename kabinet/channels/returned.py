"""Letters that come back hours after they left: mail servers' reports are read and kept as outcomes (NOT-12, RFC 3464)."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from typing import cast

from django.conf import settings
from django.db import transaction

from kabinet.channels import outcomes
from kabinet.channels.connectors import returns
from kabinet.channels.connectors.base import Outcome
from kabinet.channels.enums import Channel, DeliveryStatus
from kabinet.channels.models import Delivery

# Of the states of RFC 3463 those that speak of the address itself: it does not exist, has moved, is closed.
NO_SUCH_ADDRESS = re.compile(r"5\.(1\.\d+|2\.1)\b")
NAME = re.compile(r"<([0-9a-f]{32})@[^<>\s]*>")


def take_in(*, at: datetime) -> int:
    """Read the unread letters of the mailbox of returns; gives how many of ours are now known to have failed.

    A letter is marked as read after its outcome is kept: a crash between the two repeats what changes nothing more.

    :raises MailboxClosed: the mailbox could not be read.
    """
    if not settings.RETURNS_HOST:
        return 0
    learnt = 0
    with returns.opened() as mailbox:
        for name, letter in mailbox.unread():
            learnt += _keep(read_report(letter), at=at)
            mailbox.mark_read(name)
    return learnt


@transaction.atomic
def _keep(reports: Mapping[uuid.UUID, Outcome], *, at: datetime) -> int:
    left = Delivery.objects.filter(
        public_id__in=reports, channel=Channel.EMAIL, status=DeliveryStatus.SENT
    )
    keys: dict[Outcome, list[int]] = defaultdict(list)
    for key, public_id in left.order_by("pk").values_list("pk", "public_id"):
        keys[reports[public_id]].append(key)
    outcomes.keep_failures(keys, at=at)
    return sum(map(len, keys.values()))


def read_report(letter: bytes) -> dict[uuid.UUID, Outcome]:
    """Give what a report says of a letter of ours; nothing for a delay, a success, or a letter that is no report."""
    report = message_from_bytes(letter)
    if report.get_content_type() != "multipart/report":
        return {}
    outcome, name = _outcome(report), _name(report)
    return {name: outcome} if name and outcome else {}


def _outcome(report: Message) -> Outcome | None:
    states = [str(told["Status"]) for told in _recipients(report) if _has_failed(told)]
    if not states:
        return None
    is_lost = any(NO_SUCH_ADDRESS.match(state.strip()) for state in states)
    return Outcome.BOUNCED if is_lost else Outcome.FAILED


def _has_failed(told: Message) -> bool:
    return str(told["Action"]).strip().lower() == "failed"


def _recipients(report: Message) -> Iterator[Message]:
    for part in report.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from cast("list[Message]", part.get_payload())


def _name(report: Message) -> uuid.UUID | None:
    """Find our name of the letter that has come back; whole or its head alone, it comes with the report."""
    for part in report.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822" and part.is_multipart():
            original = cast("list[Message]", part.get_payload())[0]
        elif kind == "text/rfc822-headers":
            original = message_from_bytes(cast("bytes", part.get_payload(decode=True)))
        else:
            continue
        if found := NAME.match(str(original["Message-ID"]).strip()):
            return uuid.UUID(hex=found[1])
    return None
