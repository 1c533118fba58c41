from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "kabinet.payments"
    label = "payments"
    verbose_name = _("платежи")

    def ready(self) -> None:
        from kabinet.payments import checks, intake, subscribers, subscribers_autopay  # noqa: F401 -- registers the system checks
        from kabinet.payments.queries import autopay, shown, told, ways

        intake.register_steps()
        shown.register()
        told.register()
        ways.register()
        autopay.register()
        subscribers_autopay.subscribe()
        subscribers.subscribe()
