from __future__ import annotations

from django.apps import AppConfig


class OfficesConfig(AppConfig):
    name = "kabinet.offices"
    label = "offices"
