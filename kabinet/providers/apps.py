from __future__ import annotations

from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    name = "kabinet.providers"
    label = "providers"

    def ready(self) -> None:
        from kabinet.providers import intake

        intake.register_files()
