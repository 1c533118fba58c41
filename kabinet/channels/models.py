from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kabinet.channels.enums import MAILBOX, Channel, DeliveryStatus

# What has left us, whether or not it is known to have arrived.
LEFT = (DeliveryStatus.SENT, DeliveryStatus.DELIVERED)


class Delivery(models.Model):
    """A letter, an SMS or a messenger's message on its way out. Its text is wiped once it left: it may hold a code (IDN-14).

    Where ``writer`` is named, the text is made of ``about`` when it leaves (``channels.letters``).
    ``reference`` is the gateway's own name for it, ``check_at`` when the gateway is next asked what became of it.
    ``bounced``: not this message alone has failed, the address or number takes none (NOT-12).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.CharField(_("способ"), max_length=8, choices=Channel)
    connector = models.CharField(_("через что"), max_length=20, blank=True)
    recipient = models.CharField(_("кому"), max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    writer = models.CharField(max_length=40, blank=True, db_default="")
    about = models.BigIntegerField(null=True)
    status = models.CharField(
        _("состояние"), max_length=9, choices=DeliveryStatus, default=DeliveryStatus.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(_("попыток"), default=0)
    error = models.CharField(_("причина"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("создано"))
    valid_until = models.DateTimeField(_("нужно до"), null=True)
    sent_at = models.DateTimeField(_("ушло"), null=True)
    reference = models.CharField(_("номер у шлюза"), max_length=40, blank=True, db_default="")
    check_at = models.DateTimeField(_("спросим о доставке"), null=True)
    bounced = models.BooleanField(_("контакт не принимает"), default=False, db_default=False)

    class Meta:
        verbose_name = _("письмо или СМС")
        verbose_name_plural = _("письма и СМС")
        indexes = [
            models.Index(fields=["-created_at"], name="delivery_newest"),
            models.Index(fields=["recipient", "-created_at"], name="delivery_newest_to"),
            models.Index(
                fields=["check_at"], name="delivery_to_check", condition=Q(check_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="delivery_sent_at_follows_status",
                condition=Q(status__in=LEFT, sent_at__isnull=False)
                | Q(status=DeliveryStatus.QUEUED, sent_at=None)
                | Q(status=DeliveryStatus.FAILED),
            ),
            models.CheckConstraint(
                name="delivery_checked_after_sending",
                condition=Q(check_at=None) | (Q(status=DeliveryStatus.SENT) & ~Q(reference="")),
            ),
            models.CheckConstraint(
                name="delivery_bounced_has_failed",
                condition=Q(bounced=False) | Q(status=DeliveryStatus.FAILED),
            ),
            models.CheckConstraint(
                name="delivery_text_is_wiped",
                condition=Q(status=DeliveryStatus.QUEUED)
                | Q(connector=MAILBOX, status=DeliveryStatus.SENT)
                | Q(text="", html=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}, {self.get_status_display()}"
