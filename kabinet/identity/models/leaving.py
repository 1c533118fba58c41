from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from kabinet.identity.enums import ArchiveState


class PersonalArchive(models.Model):
    """Everything that is held about a person, in one file made in the background (152-ФЗ, ст. 14; IDN-46).

    ``file`` is a name in storage and goes when ``expires_at`` is over.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="archives")
    state = models.CharField(max_length=7, choices=ArchiveState, default=ArchiveState.WAITING)
    file = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="personal_archive_one_waiting",
                fields=["user"],
                condition=Q(state=ArchiveState.WAITING),
            ),
            models.CheckConstraint(
                name="personal_archive_is_ready_with_its_file",
                condition=~Q(state=ArchiveState.READY)
                | (~Q(file="") & Q(ready_at__isnull=False) & Q(expires_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.state}"


class Deletion(models.Model):
    """A person's wish to be deleted, and the act that it was done (IDN-47, 48; РКН order 179: kept three years).

    ``person`` is the public id that the deleted row had: nothing else of the person stays here. ``user`` goes with
    the row. ``erased`` says which data were destroyed and how many of each, ``consents`` which texts had been accepted
    and when: what the operator must still be able to prove (152-ФЗ, ст. 9).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.UUIDField()
    user = models.OneToOneField(
        "identity.User", null=True, on_delete=models.SET_NULL, related_name="deletion"
    )
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    erased = models.JSONField(default=dict)
    consents = models.JSONField(default=list, db_default=[])

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="deletion_due_after_asked", condition=Q(due_at__gte=models.F("asked_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}"
