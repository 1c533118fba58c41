"""The stand-in for VK ID and Yandex ID beside the demo: what the settings must say of it, and its command line."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from kabinet.config.cli.sandboxes import LOOPBACK, free_port

MODULE = "sandbox.social"
OFFSET = 105
NUMBER, SECRET = "1000", "demo"  # known to everybody, and to the stand-in alone
SERVICES = ("vk", "yandex")


def point_at_networks(*, port: int) -> None:
    """Let this process and its children use the stand-in alone; called before the settings are read.

    Nothing happens where the stand-in is not installed: there are no buttons then.
    """
    if not find_spec(MODULE):
        return
    base = f"http://{LOOPBACK}:{free_port(port + OFFSET)}"
    os.environ.update(
        {
            "KABINET_SOCIAL": ",".join(SERVICES),
            "KABINET_VK_URL": f"{base}/vk",
            "KABINET_YANDEX_URL": f"{base}/yandex",
            "KABINET_YANDEX_INFO_URL": f"{base}/yandex/info",
        }
    )
    for service in SERVICES:
        os.environ[f"KABINET_{service.upper()}_ID"] = NUMBER
        os.environ[f"KABINET_{service.upper()}_SECRET"] = SECRET


def commands() -> list[list[str]]:
    """How the stand-in is started, and where it sends people back to; nothing where it is not installed."""
    if not find_spec(MODULE):
        return []
    port = os.environ["KABINET_VK_URL"].rpartition(":")[2].partition("/")[0]
    line = [sys.executable, "-m", MODULE, "--port", port, "--client", f"{NUMBER}:{SECRET}"]
    for service in SERVICES:
        line += ["--redirect", f"{os.environ['KABINET_URL']}/{service}/login/callback/"]
    return [line]
