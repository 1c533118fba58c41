"""Kabinet as an application that the stand-in for VK ID and Yandex ID knows."""

from __future__ import annotations

from sandbox.social.server import Sandbox
from sandbox.social.services import Client

NUMBER, SECRET = "7000", "shh"
SERVICES = ("vk", "yandex")


def start(*, site):
    back = tuple(f"{site}/{service}/login/callback/" for service in SERVICES)
    return Sandbox([Client(NUMBER, SECRET, back)])


def configure(settings, sandbox, *, site):
    """``site`` is where Kabinet is opened."""
    settings.SITE_URL = site
    settings.SOCIAL = list(SERVICES)
    settings.VK_ID = settings.YANDEX_ID = NUMBER
    app = {"client_id": NUMBER, "secret": SECRET}
    settings.SOCIALACCOUNT_PROVIDERS = {service: {"APPS": [app]} for service in SERVICES}
    settings.VK_URL = f"{sandbox.url}/vk"
    settings.YANDEX_URL = f"{sandbox.url}/yandex"
    settings.YANDEX_INFO_URL = f"{sandbox.url}/yandex/info"
