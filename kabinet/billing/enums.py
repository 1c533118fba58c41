from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from django.db import models
from django.utils.translation import gettext_lazy as _


class VolumeBasis(models.TextChoices):
    """What a charged volume was counted by (BIL-39)."""

    METER = "meter", _("счётчик")
    NORM = "norm", _("норматив")
    AREA = "area", _("площадь")
    HEADS = "heads", _("число жильцов")
    AVERAGE = "average", _("среднее")
    OTHER = "other", _("другое")


class Grouping(models.TextChoices):
    """By what settlements are put together (BIL-07, 20, 21)."""

    SERVICE = "service", _("По услугам")
    SUPPLIER = "supplier", _("По поставщикам")


class ArchiveState(models.TextChoices):
    """How far a year's archive of bills has come."""

    WAITING = "waiting", _("ждёт очереди")
    MAKING = "making", _("собирается")
    READY = "ready", _("готов")
    FAILED = "failed", _("не получился")


UNDER_WAY = (ArchiveState.WAITING, ArchiveState.MAKING)
# A worker that was killed begins again, so what is being made may begin once more.
ARCHIVE_TRANSITIONS: Mapping[str, AbstractSet[str]] = {
    ArchiveState.WAITING: {ArchiveState.MAKING, ArchiveState.FAILED},
    ArchiveState.MAKING: {ArchiveState.MAKING, ArchiveState.READY, ArchiveState.FAILED},
    ArchiveState.READY: {ArchiveState.WAITING, ArchiveState.FAILED},
    ArchiveState.FAILED: {ArchiveState.WAITING},
}
