"""Letters that are written when they leave: what only tells of a fact never holds up the fact itself.

The row stands in the transaction that learned of the fact, with the writer's name and what it is about; the worker's job
makes the text and sends it. A writer that fails is tried again like a mail server that is down, and is told of in the log.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F

from kabinet.channels import letters, tasks
from kabinet.channels.enums import Channel, DeliveryStatus
from kabinet.channels.models import Delivery

logger = logging.getLogger(__name__)


class NotWritten(Exception):  # noqa: N818 -- a fact, not an error
    """The writer has failed; another try may follow a mended template."""


@transaction.atomic
def queue_letter(*, recipient: str, writer: str, about: int, at: datetime) -> int:
    """Queue a letter in the caller's transaction; its writer (``letters.register_writer``) is called afterwards."""
    delivery = Delivery.objects.create(
        channel=Channel.EMAIL, recipient=recipient, writer=writer, about=about, created_at=at
    )
    tasks.deliver.defer(delivery_id=delivery.pk)
    return delivery.pk


def write_out(*, delivery_id: int) -> None:
    """Make the text of a queued letter that has none yet; harmless for all others.

    :raises NotWritten: it could not be made and another try is worth making.
    """
    waiting = Delivery.objects.filter(pk=delivery_id, status=DeliveryStatus.QUEUED, text="")
    delivery = waiting.exclude(writer="").first()
    if delivery is None:
        return
    try:
        letter = letters.write(delivery.writer, delivery.about or 0)
    except Exception as error:
        # Whatever a template or a translation can raise: the next letter is another one.
        logger.exception("letter.not_written delivery=%s writer=%s", delivery_id, delivery.writer)
        _count(delivery, error)
        raise NotWritten(delivery.writer) from error
    waiting.update(subject=letter.subject[:200], text=letter.text, html=letter.html)


def _count(delivery: Delivery, error: Exception) -> None:
    """The last try closes it, so that staff see that it has failed."""
    is_last = delivery.attempts + 1 >= tasks.MAX_ATTEMPTS
    Delivery.objects.filter(pk=delivery.pk, status=DeliveryStatus.QUEUED).update(
        attempts=F("attempts") + 1,
        error=f"not written: {type(error).__name__}"[:300],
        status=DeliveryStatus.FAILED if is_last else DeliveryStatus.QUEUED,
    )
