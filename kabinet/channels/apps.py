from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    name = "kabinet.channels"
    label = "channels"
    verbose_name = _("Сообщения")

    def ready(self) -> None:
        from kabinet.channels import checks  # noqa: F401 -- registers the system checks
