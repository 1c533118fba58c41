from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from kabinet.identity.enums import QrState, SignInWay


class SignedInSession(models.Model):
    """One sign-in of a person: which browser, from where, by which way, and whether it still holds (IDN-37).

    ``session_key`` is the server-side session's; ``device_digest`` is the keyed hash of the browser's long-lived
    cookie, by which a new device is known. Ended rows stay for a year: they are what "new" is measured against.
    ``noticed_at`` is when the worker looked whether the owner must hear of it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    device_digest = models.CharField(max_length=64)
    way = models.CharField(max_length=8, choices=SignInWay)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="session_to_notice", condition=Q(noticed_at=None)),
            models.Index(fields=["user", "-seen_at"], name="session_of_person"),
            models.Index(fields=["user", "device_digest"], name="session_of_device"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.way} {self.began_at:%Y-%m-%d}"


class QrSignIn(models.Model):
    """A code on one screen that a person signed in on another confirms (IDN-25, MOB-21).

    ``digest`` is the keyed hash of the code's secret; ``browser_digest`` binds it to the browser session that
    asked: no other one goes on with it. Single use, two minutes.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    digest = models.CharField(max_length=64)
    browser_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=QrState, default=QrState.WAITING)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    user = models.ForeignKey("identity.User", null=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="qr_sign_in_confirmed_by_somebody",
                condition=~Q(state__in=[QrState.CONFIRMED, QrState.SPENT]) | Q(user__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.public_id}"
