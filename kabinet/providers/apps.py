from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProvidersConfig(AppConfig):
    name = "kabinet.providers"
    label = "providers"
    verbose_name = _("поставщики")

    def ready(self) -> None:
        from kabinet.identity import personal_data
        from kabinet.providers import intake
        from kabinet.providers.queries import is_staff_member

        intake.register_files()
        personal_data.register_hindrance(is_staff_member)
