"""What became of messages that gateways took: asked in time, many at once, and told to whoever keeps contacts (NOT-12)."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value, Window
from django.db.models.functions import Greatest, RowNumber

from kabinet.channels.connectors.base import NotSent, Outcome, SentMessage, TracksDelivery
from kabinet.channels.connectors.registry import CONNECTORS
from kabinet.channels.enums import MESSENGERS, Channel, DeliveryStatus
from kabinet.channels.events import ContactUnreachable
from kabinet.channels.models import Delivery
from kabinet.kernel import events

logger = logging.getLogger(__name__)
# Asked after 20 seconds, then each time when it is twice as old; operators try for a day.
FIRST_CHECK = timedelta(seconds=20)
LONGEST_FLIGHT = timedelta(hours=25)
AT_ONCE = 100
IN_A_ROW = 3
# A telephone that is off for a few codes is not a lost number; one that is off for days may be.
SILENT_FOR = timedelta(days=3)
_TOLD = Q(status=DeliveryStatus.DELIVERED)
_LETTER_LEFT = Q(channel=Channel.EMAIL, status=DeliveryStatus.SENT)
# Failures of ours (no money, a gateway that was down) say nothing of the contact.
_THEIR_FAILURE = Q(status=DeliveryStatus.FAILED) & (Q(bounced=True) | Q(sent_at__isnull=False))


def follow_up(*, at: datetime) -> int:
    """Ask the gateways about what is due, and keep what they say; gives how many outcomes were learnt.

    A bounded number of messages, one question per gateway, no transaction while it is asked.
    """
    due = Delivery.objects.filter(check_at__lte=at).order_by("check_at", "pk")[:AT_ONCE]
    taken: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
    for delivery in due:
        taken[delivery.channel, delivery.connector].append(delivery)
    return sum(
        _keep(deliveries, _ask(Channel(channel), connector, deliveries), at=at)
        for (channel, connector), deliveries in taken.items()
    )


def _ask(channel: Channel, key: str, deliveries: Sequence[Delivery]) -> Mapping[str, Outcome]:
    connector = CONNECTORS[channel].get(key)
    if not isinstance(connector, TracksDelivery):
        return {}
    try:
        return connector.outcomes([SentMessage(row.reference, row.recipient) for row in deliveries])
    except NotSent as silence:
        logger.warning("%s does not say what became of messages: %s", key, silence)
        return {}


@transaction.atomic
def _keep(deliveries: Sequence[Delivery], outcomes: Mapping[str, Outcome], *, at: datetime) -> int:
    """One statement for each kind of outcome; what was closed meanwhile stays as it is."""
    keys: dict[Outcome | None, list[int]] = defaultdict(list)
    for row in deliveries:
        keys[outcomes.get(row.reference)].append(row.pk)
    _flying(keys[None], at).update(
        check_at=at + Greatest(Value(FIRST_CHECK), Value(at) - F("sent_at"))
    )
    _flying(keys[None], at, is_late=True).update(check_at=None)
    _closing(keys[Outcome.DELIVERED]).update(status=DeliveryStatus.DELIVERED, check_at=None)
    failed = {known: keys[known] for known in (Outcome.FAILED, Outcome.BOUNCED)}
    keep_failures(failed, at=at)
    return sum(map(len, failed.values())) + len(keys[Outcome.DELIVERED])


def keep_failures(keys: Mapping[Outcome, Sequence[int]], *, at: datetime) -> None:
    """Close what was sent and did not arrive, by keys of deliveries, and announce the contacts that are lost by it.

    In the caller's transaction.
    """
    for outcome, failed in keys.items():
        _closing(failed).update(
            status=DeliveryStatus.FAILED,
            bounced=outcome is Outcome.BOUNCED,
            error="not delivered",
            check_at=None,
        )
    everything = [key for failed in keys.values() for key in failed]
    announce_unreachable(Delivery.objects.filter(pk__in=everything), at=at)


def _closing(keys: Sequence[int]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk__in=keys, status=DeliveryStatus.SENT)


def _flying(keys: Sequence[int], at: datetime, *, is_late: bool = False) -> QuerySet[Delivery]:
    too_old = Q(sent_at__lt=at - LONGEST_FLIGHT)
    return _closing(keys).filter(too_old if is_late else ~too_old)


def announce_unreachable(failed: QuerySet[Delivery], *, at: datetime) -> None:
    """Publish the contacts of these failures at which nothing arrives any more; in the caller's transaction."""
    recipients = set(failed.values_list("recipient", flat=True))
    if not recipients:
        return
    newest = (
        Delivery.objects.filter(_TOLD | _LETTER_LEFT | _THEIR_FAILURE, recipient__in=recipients)
        .alias(place=Window(RowNumber(), partition_by="recipient", order_by=["-created_at", "-pk"]))
        .filter(place__lte=IN_A_ROW)
        .order_by("recipient", "created_at", "pk")
    )
    rows: dict[str, list[Delivery]] = defaultdict(list)
    for row in newest:
        rows[row.recipient].append(row)
    for recipient, last in sorted(rows.items()):
        if _is_unreachable(last):
            events.publish(ContactUnreachable(Channel(last[-1].channel), recipient, at))


def _is_unreachable(last: Sequence[Delivery]) -> bool:
    """Three in a row, oldest first: each refused by the contact itself, or none arrived for days.

    A messenger says outright that the person has stopped the bot: once is enough.
    """
    if last[-1].channel in MESSENGERS:
        return last[-1].bounced
    if len(last) < IN_A_ROW or any(row.status != DeliveryStatus.FAILED for row in last):
        return False
    return (
        all(row.bounced for row in last) or last[-1].created_at - last[0].created_at >= SILENT_FOR
    )
