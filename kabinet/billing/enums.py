from __future__ import annotations

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
