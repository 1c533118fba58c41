from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportMode(models.TextChoices):
    STRICT = "strict", _("всё или ничего")
    PARTIAL = "partial", _("верные строки")


class ImportStatus(models.TextChoices):
    """XCH-14, with the two states of a run that has not ended."""

    QUEUED = "queued", _("ждёт очереди")
    RUNNING = "running", _("идёт")
    IMPORTED = "imported", _("загружено")
    PARTIAL = "partial", _("загружено частично")
    REFUSED = "refused", _("отклонено")
    FAILED = "failed", _("не удалось")
    UNCHANGED = "unchanged", _("без изменений")
    CHECKED = "checked", _("проверено")


_OUTCOMES = {
    ImportStatus.IMPORTED,
    ImportStatus.PARTIAL,
    ImportStatus.REFUSED,
    ImportStatus.FAILED,
    ImportStatus.UNCHANGED,
    ImportStatus.CHECKED,
}
IMPORT_TRANSITIONS: Mapping[str, AbstractSet[str]] = {
    ImportStatus.QUEUED: {ImportStatus.RUNNING},
    ImportStatus.RUNNING: _OUTCOMES,
    **{outcome: set() for outcome in _OUTCOMES},
}


class ExportStatus(models.TextChoices):
    CLAIMED = "claimed", _("готовится")
    DELIVERED = "delivered", _("выдано")
    ACKNOWLEDGED = "acknowledged", _("получение подтверждено")


EXPORT_TRANSITIONS: Mapping[str, AbstractSet[str]] = {
    ExportStatus.CLAIMED: {ExportStatus.DELIVERED},
    ExportStatus.DELIVERED: {ExportStatus.ACKNOWLEDGED},
    ExportStatus.ACKNOWLEDGED: set(),
}
