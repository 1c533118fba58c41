from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from kabinet.channels.enums import MAILBOX, Channel, DeliveryStatus


class Delivery(models.Model):
    """A letter or an SMS on its way out. Its text is wiped once it left: it may hold a code (IDN-14).

    Where ``writer`` is named, the text is made of ``about`` when it leaves (``channels.letters``).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.CharField(max_length=5, choices=Channel)
    connector = models.CharField(max_length=20, blank=True)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    writer = models.CharField(max_length=40, blank=True, db_default="")
    about = models.BigIntegerField(null=True)
    status = models.CharField(max_length=6, choices=DeliveryStatus, default=DeliveryStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at"], name="delivery_newest"),
            models.Index(fields=["recipient", "-created_at"], name="delivery_newest_to"),
        ]
        constraints = [
            models.CheckConstraint(
                name="delivery_sent_at_follows_status",
                condition=Q(status=DeliveryStatus.SENT, sent_at__isnull=False)
                | (~Q(status=DeliveryStatus.SENT) & Q(sent_at=None)),
            ),
            models.CheckConstraint(
                name="delivery_text_is_wiped",
                condition=Q(status=DeliveryStatus.QUEUED)
                | Q(connector=MAILBOX, status=DeliveryStatus.SENT)
                | Q(text="", html=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.status}"
