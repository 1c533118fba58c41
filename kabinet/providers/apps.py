from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProvidersConfig(AppConfig):
    name = "kabinet.providers"
    label = "providers"
    verbose_name = _("поставщики")

    def ready(self) -> None:
        from kabinet.providers import intake

        intake.register_files()
