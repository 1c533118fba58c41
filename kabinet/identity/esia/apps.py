from __future__ import annotations

from django.apps import AppConfig


class EsiaConfig(AppConfig):
    """An app of its own, because allauth looks for providers among the installed apps."""

    name = "kabinet.identity.esia"
    label = "esia"

    def ready(self) -> None:
        from kabinet.identity.esia import checks  # noqa: F401 -- registers the system checks
