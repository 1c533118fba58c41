from __future__ import annotations

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "kabinet.channels"
    label = "channels"

    def ready(self) -> None:
        from kabinet.channels import checks  # noqa: F401 -- registers the system checks
