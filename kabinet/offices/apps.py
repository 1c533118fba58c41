from __future__ import annotations

from django.apps import AppConfig


class OfficesConfig(AppConfig):
    name = "kabinet.offices"
    label = "offices"

    def ready(self) -> None:
        from kabinet.offices import intake, queries

        queries.register()
        intake.register_files()
