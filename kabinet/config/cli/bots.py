"""The stand-in for messengers beside the demo: what the settings must say of it, and its command line."""

from __future__ import annotations

import os
import secrets
import sys
from importlib.util import find_spec

from kabinet.config.cli.sandboxes import LOOPBACK, free_port

MODULE = "sandbox.messengers"
OFFSET = 106
BOT = "kabinet_demo_bot"
MESSENGERS = ("telegram", "max")


def point_at_messengers(*, port: int) -> None:
    """Let this process and its children use the stand-in alone; called before the settings are read.

    Nothing happens where the stand-in is not installed: no messenger is offered then.
    """
    if not find_spec(MODULE):
        return
    base = f"http://{LOOPBACK}:{free_port(port + OFFSET)}"
    os.environ["KABINET_MESSENGERS"] = ",".join(MESSENGERS)
    for name in MESSENGERS:
        prefix = f"KABINET_{name.upper()}"
        os.environ.update(
            {
                f"{prefix}_BOT": BOT,
                f"{prefix}_TOKEN": secrets.token_urlsafe(24),
                f"{prefix}_HOOK_SECRET": secrets.token_urlsafe(24),
                f"{prefix}_URL": base,
                f"{prefix}_LINK": f"{base}/{name}",
            }
        )


def commands(*, site: str) -> list[list[str]]:
    """How the stand-in is started, and where it brings its news; nothing where it is not installed."""
    if not find_spec(MODULE):
        return []
    port = os.environ["KABINET_TELEGRAM_URL"].rpartition(":")[2]
    line = [sys.executable, "-m", MODULE, "--port", port]
    for name in MESSENGERS:
        told = {
            part: os.environ[f"KABINET_{name.upper()}_{part}"] for part in ("TOKEN", "HOOK_SECRET")
        }
        line += ["--bot", f"{name}:{BOT}={told['TOKEN']}"]
        line += ["--hook", f"{name}:{told['HOOK_SECRET']}={site}/api/messengers/{name}/"]
    return [line]
