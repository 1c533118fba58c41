from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "kabinet.accounts"
    label = "accounts"
    verbose_name = _("Лицевые счета")

    def ready(self) -> None:
        from kabinet.accounts import intake

        intake.register_files()
