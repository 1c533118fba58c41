from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from kabinet.identity.enums import Messenger


class LinkedMessenger(models.Model):
    """A person's account at a messenger, to which codes may go (IDN-28).

    ``account`` is the person's number there, ``called`` how the messenger names them. ``silent_since``: the person
    has stopped the bot, so nothing arrives and codes go to the contact instead.
    """

    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="messengers")
    messenger = models.CharField(max_length=8, choices=Messenger)
    account = models.CharField(max_length=20)
    called = models.CharField(max_length=130, blank=True)
    linked_at = models.DateTimeField()
    silent_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="linked_messenger_opens_one_cabinet", fields=["messenger", "account"]
            ),
            models.UniqueConstraint(
                name="linked_messenger_one_of_a_kind", fields=["user", "messenger"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.messenger}"


class MessengerLinking(models.Model):
    """One attempt to link: a link's secret waits for a conversation, then the person for the number shown in it.

    ``digest`` is the keyed hash of the secret, ``number_digest`` that of the number which the bot wrote to ``account``.
    Single use, ten minutes.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="+")
    messenger = models.CharField(max_length=8, choices=Messenger)
    digest = models.CharField(max_length=64, unique=True)
    account = models.CharField(max_length=20, blank=True)
    called = models.CharField(max_length=130, blank=True)
    number_digest = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="messenger_linking_met_somebody",
                condition=Q(met_at=None, account="") | Q(met_at__isnull=False) & ~Q(account=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.messenger} {self.public_id}"
