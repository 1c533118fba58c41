from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "kabinet.accounts"
    label = "accounts"
    verbose_name = _("Лицевые счета")

    def ready(self) -> None:
        from kabinet.accounts import intake, own_data
        from kabinet.accounts.operations import leaving
        from kabinet.identity.events import PersonDeleted
        from kabinet.kernel import events

        intake.register_files()
        own_data.register_sections()
        events.subscribe(PersonDeleted, leaving.part_with_person)
