"""What this app holds about a person, for «Мои данные» (IDN-46)."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from kabinet.identity.personal_data import Row, Section, register
from kabinet.metering.models import Reading


def register_sections() -> None:
    """Called once, when the app is ready."""
    register(
        Section(
            "readings",
            _("Показания, которые вы передали"),
            (
                *(_("Поставщик"), _("Лицевой счёт"), _("Услуга"), _("Зона"), _("Значение")),
                *(_("На дату"), _("Передано"), _("Состояние"), _("Причина")),
            ),
            _readings,
        )
    )


def _readings(user_id: int) -> Iterable[Row]:
    """Without the meter's serial: whoever has limited access may not know it (ACC-14)."""
    readings = Reading.objects.filter(submitted_by=user_id).select_related(
        "meter__service", "meter__account__provider"
    )
    for reading in readings.order_by("submitted_at", "pk").iterator():
        account = reading.meter.account
        yield (
            *(account.provider.name, account.number, reading.meter.service.name, reading.zone),
            *(reading.value, reading.taken_on, reading.submitted_at),
            *(reading.get_status_display(), reading.reason),
        )
