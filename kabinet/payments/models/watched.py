"""What every row has that a bank is asked about until it ends."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Watched(models.Model):
    """``next_check_at`` is when the poller looks next, empty when there is nothing to wait for; ``checks`` counts looks."""

    next_check_at = models.DateTimeField(null=True)
    checks = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True


def to_check(name: str) -> models.Index:
    """The poller's index: the rows that it has still to look at."""
    return models.Index(
        fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name=name
    )
