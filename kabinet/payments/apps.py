from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "kabinet.payments"
    label = "payments"
    verbose_name = _("платежи")

    def ready(self) -> None:
        from kabinet.payments.queries import told, ways

        told.register()
        ways.register()
