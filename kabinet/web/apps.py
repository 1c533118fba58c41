from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "kabinet.web"
    label = "web"

    def ready(self) -> None:
        from kabinet.web import checks  # noqa: F401 -- registers the system checks
