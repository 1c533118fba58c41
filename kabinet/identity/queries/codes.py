"""What is known of a one-time code, and when the next one may be sent (IDN-13)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from kabinet.identity.enums import CodePurpose
from kabinet.identity.limits import CodeLine
from kabinet.identity.models import OneTimeCode

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CodeRow:
    """What the page of a code shows: how long it lives and when the next one may be asked for."""

    identifier: str
    sent_at: datetime
    expires_at: datetime
    is_spent: bool
    is_confirmed: bool
    device: str

    def is_alive(self, at: datetime) -> bool:
        return not self.is_spent and at < self.expires_at


def get_code(*, public_id: uuid.UUID, purpose: CodePurpose) -> CodeRow | None:
    """Give the times of a code to whoever holds its id in the own session."""
    row = OneTimeCode.objects.filter(public_id=public_id, purpose=purpose).first()
    if row is None:
        return None
    return CodeRow(
        identifier=row.identifier,
        sent_at=row.sent_at,
        expires_at=row.expires_at,
        is_spent=bool(row.closed_at or row.confirmed_at),
        is_confirmed=row.confirmed_at is not None and row.closed_at is None,
        device=row.device,
    )


def next_code_at(*, line: CodeLine, at: datetime) -> datetime:
    """Say from when the next code of this line may go out: a pause apart, few an hour (IDN-13)."""
    sent = list(
        OneTimeCode.objects.filter(
            identifier=line.identifier.value,
            purpose=line.purpose,
            device=line.device,
            sent_at__gt=at - HOUR,
        )
        .order_by("-sent_at")
        .values_list("sent_at", flat=True)[: settings.CODE_SENDS_PER_HOUR]
    )
    if not sent:
        return at
    after_pause: datetime = sent[0] + settings.CODE_RESEND_AFTER
    if len(sent) < settings.CODE_SENDS_PER_HOUR:
        return after_pause
    return max(after_pause, sent[-1] + HOUR)
