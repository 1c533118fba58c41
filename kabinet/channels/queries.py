from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from kabinet.channels.enums import Channel, DeliveryStatus
from kabinet.channels.models import LEFT, Delivery


@dataclass(frozen=True, slots=True)
class MailboxRow:
    channel: Channel
    recipient: str
    subject: str
    text: str
    is_sent: bool
    created_at: datetime

    @property
    def is_sms(self) -> bool:
        return self.channel is Channel.SMS


def get_failures(*, recipients: Collection[str]) -> Mapping[str, datetime]:
    """Give the contacts whose last message did not arrive, and when (NOT-12); one that left later clears it."""
    newest = (
        Delivery.objects.filter(recipient__in=recipients)
        .exclude(status=DeliveryStatus.QUEUED)
        .order_by("recipient", "-created_at", "-pk")
        .distinct("recipient")
    )
    return {
        delivery.recipient: delivery.created_at
        for delivery in newest
        if delivery.status == DeliveryStatus.FAILED
    }


def get_mailbox(*, count: int) -> Sequence[MailboxRow]:
    """Give the newest messages of a demo with their texts; nothing at all outside the demo."""
    if not settings.DEMO:
        return []
    return [
        MailboxRow(
            channel=Channel(delivery.channel),
            recipient=delivery.recipient,
            subject=delivery.subject,
            text=delivery.text,
            is_sent=delivery.status in LEFT,
            created_at=delivery.created_at,
        )
        for delivery in Delivery.objects.order_by("-created_at", "-pk")[:count]
    ]


def get_deliveries_to(
    *, recipients: Collection[str], since: datetime
) -> Iterator[tuple[str, str, datetime, datetime | None, str]]:
    """Give when what was sent to these contacts, oldest first; never the text nor the subject, which may hold a code."""
    sent = Delivery.objects.filter(recipient__in=recipients, created_at__gte=since)
    for row in sent.order_by("created_at", "pk").iterator():
        yield (
            row.get_channel_display(),
            row.recipient,
            row.created_at,
            row.sent_at,
            row.get_status_display(),
        )
