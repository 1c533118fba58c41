from __future__ import annotations

import uuid

from django.db import models

from kabinet.identity.enums import CodePurpose


class OneTimeCode(models.Model):
    """A six-digit code, or a link's long secret, that was sent; kept only as a keyed hash (IDN-13, 14, 17).

    ``digest`` binds the code to this row, its purpose and its identifier. An empty one is a decoy: the answer
    to somebody who named an identifier that is occupied or unknown, which nothing fits. ``payload`` is what waits
    for the proof where no browser session can keep it: a link may be opened on another device. ``device`` is the mark
    of the browser that asked, where the contact's owner is known by it; its codes are counted apart.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField(max_length=8, choices=CodePurpose)
    identifier = models.CharField(max_length=254)
    owner = models.ForeignKey(
        "identity.User", null=True, on_delete=models.CASCADE, related_name="+"
    )
    digest = models.CharField(max_length=64, blank=True)
    is_link = models.BooleanField(default=False)
    payload = models.JSONField(default=dict)
    device = models.CharField(max_length=64, blank=True, db_default="")
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["identifier", "purpose", "-sent_at"], name="code_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.public_id}"
