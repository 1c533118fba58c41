"""The stand-in for SMS gateways beside the demo, and the telephones at its other end."""

from __future__ import annotations

import os
import secrets
import sys
from importlib.util import find_spec
from pathlib import Path

from kabinet.config.cli.sandboxes import FOLDER, LOOPBACK, free_port

MODULE = "sandbox.sms"
OFFSET = 103
LOGIN = "kabinet"
CONNECTOR = "smsc"


def point_at_telephones(port: int) -> None:
    """Let the demo's SMS leave by a real connector, to the stand-in alone; called before the settings are read.

    Whoever has named another connector keeps it, and so does a place without the stand-in: then SMS stay in the mailbox.
    """
    if not find_spec(MODULE) or os.environ.get("KABINET_SMS_CONNECTOR", CONNECTOR) != CONNECTOR:
        return
    os.environ.update(
        {
            "KABINET_SMS_CONNECTOR": CONNECTOR,
            "KABINET_SMS_SENDER": "KABINET",
            "KABINET_SMSC_URL": f"http://{LOOPBACK}:{free_port(port + OFFSET)}/sys",
            "KABINET_SMSC_LOGIN": LOGIN,
            "KABINET_SMSC_PASSWORD": secrets.token_hex(8),
            "KABINET_SMSC_API_KEY": "",
        }
    )


def commands(*, folder: Path) -> list[list[str]]:
    """How the stand-in is started; nothing where the demo's SMS do not leave."""
    if not find_spec(MODULE) or os.environ.get("KABINET_SMS_CONNECTOR") != CONNECTOR:
        return []
    books = folder / FOLDER
    books.mkdir(exist_ok=True)
    port = os.environ["KABINET_SMSC_URL"].rpartition(":")[2].partition("/")[0]
    account = f"{LOGIN}:{os.environ['KABINET_SMSC_PASSWORD']}"
    line = [sys.executable, "-m", MODULE, "--port", port, "--smsc", account]
    return [[*line, "--file", str(books / "sms.json")]]
