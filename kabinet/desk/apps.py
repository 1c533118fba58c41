from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class DeskConfig(AppConfig):
    name = "kabinet.desk"
    label = "desk"


class DeskAdminConfig(AdminConfig):
    """Django's admin, with our site as the default one."""

    default_site = "kabinet.desk.admin_site.DeskAdminSite"
