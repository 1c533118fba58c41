from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

# The demo's connector: the text stays in the delivery for the mailbox page.
MAILBOX = "mailbox"


class Channel(models.TextChoices):
    EMAIL = "email", _("письмо")
    SMS = "sms", _("СМС")


class DeliveryStatus(models.TextChoices):
    QUEUED = "queued", _("в очереди")
    SENT = "sent", _("отправлено")
    FAILED = "failed", _("не доставлено")
