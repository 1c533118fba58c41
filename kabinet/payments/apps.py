from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "kabinet.payments"
    label = "payments"
    verbose_name = _("платежи")

    def ready(self) -> None:
        from kabinet.payments import (
            checks,  # noqa: F401 -- registers the system checks
            intake,
            own_data,
            subscribers,
            subscribers_autopay,
        )
        from kabinet.payments.queries import autopay, shown, told, ways

        intake.register_steps()
        shown.register()
        told.register()
        ways.register()
        autopay.register()
        own_data.register_sections()
        subscribers_autopay.subscribe()
        subscribers.subscribe()
