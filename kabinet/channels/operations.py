from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from kabinet.channels import outcomes, tasks, writing
from kabinet.channels.connectors.base import Message, NotSent, TracksDelivery
from kabinet.channels.connectors.registry import connector_for
from kabinet.channels.enums import MAILBOX, Channel, DeliveryStatus
from kabinet.channels.letters import Letter
from kabinet.channels.models import Delivery

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = tasks.MAX_ATTEMPTS
# How long it can be asked what was sent to whom; the texts themselves are long gone.
KEPT = timedelta(days=90)
# The job of a letter that ran out so long ago is lost: a worker closes what it finds.
OVERDUE = timedelta(hours=1)


@transaction.atomic
def send_email(
    *, recipient: str, letter: Letter, at: datetime, valid_until: datetime | None = None
) -> int:
    """Queue a letter in the caller's transaction: it leaves after the commit, or never was.

    After ``valid_until`` it is no longer worth sending (a code that has run out).
    """
    return _queue(
        Delivery(
            channel=Channel.EMAIL,
            recipient=recipient,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            created_at=at,
            valid_until=valid_until,
        )
    )


@transaction.atomic
def send_sms(
    *, recipient: str, text: str, at: datetime, valid_until: datetime | None = None
) -> int:
    """Queue an SMS in the caller's transaction; ``recipient`` is E.164."""
    return _queue(
        Delivery(
            channel=Channel.SMS,
            recipient=recipient,
            text=text,
            created_at=at,
            valid_until=valid_until,
        )
    )


@transaction.atomic
def send_to_messenger(
    *, recipient: str, text: str, at: datetime, valid_until: datetime | None = None
) -> int:
    """Queue a bot's message in the caller's transaction; ``recipient`` as ``messenger_recipient`` names it."""
    return _queue(
        Delivery(
            channel=Channel(recipient.partition(":")[0]),
            recipient=recipient,
            text=text,
            created_at=at,
            valid_until=valid_until,
        )
    )


def _queue(delivery: Delivery) -> int:
    delivery.save()
    tasks.deliver.defer(delivery_id=delivery.pk)
    return delivery.pk


def deliver(*, delivery_id: int, at: datetime) -> None:
    """Try to send one queued message; harmless when it has gone already.

    After a crash between the sending and its record, or an answer that never came, the next try is a repeat: a
    gateway that can tell sends nothing twice, any other does, which is better than not at all.

    :raises NotSent: it was not taken and another try is worth making.
    :raises NotWritten: its text could not be made, and so likewise.
    """
    writing.write_out(delivery_id=delivery_id)
    claimed = _claim(delivery_id=delivery_id, at=at)
    if claimed is None:
        return
    message, channel, attempts = claimed
    connector = connector_for(channel)
    try:
        reference = connector.send(message)
    except NotSent as refusal:
        if refusal.is_final or attempts >= MAX_ATTEMPTS:
            logger.error("%s has taken no message: %s", connector.key, refusal)  # noqa: TRY400 -- foreseen
            _give_up(delivery_id=delivery_id, refusal=refusal, at=at)
            return
        Delivery.objects.filter(pk=delivery_id).update(error=str(refusal)[:300])
        raise
    check_at = at + outcomes.FIRST_CHECK if isinstance(connector, TracksDelivery) else None
    _record_sent(
        delivery_id=delivery_id,
        taken=Delivery(connector=connector.key, reference=reference, sent_at=at, check_at=check_at),
    )


@transaction.atomic
def _claim(*, delivery_id: int, at: datetime) -> tuple[Message, Channel, int] | None:
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .filter(pk=delivery_id, status=DeliveryStatus.QUEUED)
        .first()
    )
    if delivery is None:
        return None
    if delivery.valid_until is not None and delivery.valid_until < at:
        _close_unsent(delivery_id=delivery_id, reason="no longer valid")
        return None
    delivery.attempts += 1
    delivery.save(update_fields=["attempts"])
    message = Message(
        delivery.recipient,
        delivery.subject,
        delivery.text,
        delivery.html,
        key=delivery.public_id,
        created_at=delivery.created_at,
        is_repeat=delivery.attempts > 1,
        lifetime=delivery.valid_until - at if delivery.valid_until else None,
    )
    return message, Channel(delivery.channel), delivery.attempts


@transaction.atomic
def _give_up(*, delivery_id: int, refusal: NotSent, at: datetime) -> None:
    _close_unsent(delivery_id=delivery_id, reason=str(refusal), bounced=refusal.bounced)
    if refusal.bounced:
        outcomes.announce_unreachable(Delivery.objects.filter(pk=delivery_id), at=at)


def _close_unsent(*, delivery_id: int, reason: str, bounced: bool = False) -> None:
    Delivery.objects.filter(pk=delivery_id, status=DeliveryStatus.QUEUED).update(
        status=DeliveryStatus.FAILED, error=reason[:300], bounced=bounced, text="", html=""
    )


def _record_sent(*, delivery_id: int, taken: Delivery) -> None:
    wiped = {} if taken.connector == MAILBOX else {"text": "", "html": ""}
    Delivery.objects.filter(pk=delivery_id, status=DeliveryStatus.QUEUED).update(
        status=DeliveryStatus.SENT,
        connector=taken.connector,
        reference=taken.reference,
        sent_at=taken.sent_at,
        check_at=taken.check_at,
        error="",
        **wiped,
    )


def forget_old_deliveries(*, at: datetime) -> int:
    """Delete what is long ago, left or not; gives how many. What can't be sent any more says so, and loses its text."""
    over = Delivery.objects.filter(status=DeliveryStatus.QUEUED, valid_until__lt=at - OVERDUE)
    for delivery_id in over.values_list("pk", flat=True):
        _close_unsent(delivery_id=delivery_id, reason="no longer valid")
    return Delivery.objects.filter(created_at__lt=at - KEPT).delete()[0]


@transaction.atomic
def forget_recipients(*, recipients: Collection[str]) -> int:
    """Delete everything sent, or still to be sent, to contacts whose person has left; gives how many."""
    return Delivery.objects.filter(recipient__in=recipients).delete()[0]
