"""The stand-in for Gosuslugi beside the demo: its keys, what the settings must say of it, and its command line."""

from __future__ import annotations

import hashlib
import os
import ssl
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from kabinet.config.cli.sandboxes import FOLDER, LOOPBACK, free_port

MODULE = "sandbox.esia"
OFFSET = 104
MNEMONIC = "KABINET"
NAME = "Кабинет"
START_SECONDS = 30


def point_at_gosuslugi(*, port: int, folder: Path) -> None:
    """Make the keys if there are none, and let this process and its children use the stand-in alone.

    Called before the settings are read. Nothing happens where the stand-in is not installed: there is no button then.
    """
    if not find_spec(MODULE):
        return
    keys = _keys(folder)
    subprocess.run([*_start(folder), "--keys-only"], check=True, timeout=START_SECONDS)  # noqa: S603 -- our own program
    certificate = keys / "client.pem"
    os.environ.update(
        {
            "KABINET_ESIA_URL": f"http://{LOOPBACK}:{free_port(port + OFFSET)}",
            "KABINET_ESIA_CLIENT_ID": MNEMONIC,
            "KABINET_ESIA_FLAVOUR": "raw",
            "KABINET_ESIA_SIGNER": "rsa",
            "KABINET_ESIA_KEY_FILE": str(keys / "client.key"),
            "KABINET_ESIA_CERTIFICATE_FILE": str(certificate),
            "KABINET_ESIA_CERTIFICATE_HASH": _hash(certificate),
            "KABINET_ESIA_PUBLIC_KEY_FILE": str(keys / "esia.pub"),
        }
    )


def commands(*, folder: Path) -> list[list[str]]:
    """How the stand-in is started, and where it sends people back to; nothing where it is not installed."""
    if not find_spec(MODULE):
        return []
    port = os.environ["KABINET_ESIA_URL"].rpartition(":")[2]
    back = f"{os.environ['KABINET_URL']}/esia/login/callback/"
    return [[*_start(folder), "--port", port, "--name", NAME, "--redirect", back]]


def _start(folder: Path) -> list[str]:
    line = [sys.executable, "-m", MODULE]
    return [*line, "--folder", str(_keys(folder)), "--client", MNEMONIC]


def _keys(folder: Path) -> Path:
    return folder / FOLDER / "esia"


def _hash(certificate: Path) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest()
