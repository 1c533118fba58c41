from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

# The demo's connector: the text stays in the delivery for the mailbox page.
MAILBOX = "mailbox"


class Channel(models.TextChoices):
    EMAIL = "email", _("письмо")
    SMS = "sms", _("СМС")
    TELEGRAM = "telegram", _("Telegram")
    MAX = "max", _("MAX")


# Channels that lead to a bot's conversation with one person.
MESSENGERS = (Channel.TELEGRAM, Channel.MAX)


class DeliveryStatus(models.TextChoices):
    QUEUED = "queued", _("в очереди")
    # Taken by the mail server or the SMS gateway; whether it arrived is not known, or not known yet.
    SENT = "sent", _("отправлено")
    DELIVERED = "delivered", _("доставлено")
    FAILED = "failed", _("не доставлено")
