from __future__ import annotations

from django.apps import AppConfig


class NetworksConfig(AppConfig):
    """An app of its own, because allauth looks for providers among the installed apps."""

    name = "kabinet.identity.networks"
    label = "networks"

    def ready(self) -> None:
        from kabinet.identity.networks import checks  # noqa: F401 -- registers the system checks
