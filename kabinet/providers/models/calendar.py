"""Days that the government moves (ТК РФ ст. 112); the holidays themselves are in ``providers.calendar``."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarDay(models.Model):
    """A day that is not what the rule makes it: moved days off, working Saturdays, days off that were declared."""

    day = models.DateField(_("день"), unique=True)
    is_working = models.BooleanField(_("рабочий"), default=False)
    note = models.CharField(_("почему"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("перенос рабочего дня")
        verbose_name_plural = _("переносы рабочих дней")

    def __str__(self) -> str:
        return f"{self.day:%d.%m.%Y}"
