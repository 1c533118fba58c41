from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KernelConfig(AppConfig):
    name = "kabinet.kernel"
    label = "kernel"
    verbose_name = _("служебное")
