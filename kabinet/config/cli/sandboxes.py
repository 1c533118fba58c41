"""The stand-ins of banks that run beside the demo, each a program of its own (design §6)."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

FOLDER = "sandbox"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """How a stand-in is started: ``offset`` from the site's port, the words of its command line."""

    gateway: str
    module: str
    offset: int
    path: str
    books: str
    shop: str
    webhook: str


SANDBOXES = (
    Sandbox("yookassa", "sandbox.bank", 101, "/v3", "--state", "--shop", "--webhook"),
    Sandbox("tbank", "sandbox.tbank", 102, "/v2", "--file", "--terminal", "--notify"),
)


def point_at_sandboxes(port: int) -> None:
    """Let this process and its children speak to the stand-ins alone; called before the settings are read."""
    for sandbox in installed():
        chosen = free_port(port + sandbox.offset)
        name = sandbox.gateway.upper()
        os.environ[f"KABINET_{name}_URL"] = f"http://{LOOPBACK}:{chosen}{sandbox.path}"
    os.environ["KABINET_YOOKASSA_NOTICE_NETWORKS"] = LOOPBACK


def installed() -> list[Sandbox]:
    return [sandbox for sandbox in SANDBOXES if find_spec(sandbox.module)]


def commands(*, site: str, folder: Path) -> list[list[str]]:
    """The command lines of the stand-ins, with the demo's shops and where their notices go.

    ``folder`` keeps the books of the banks, so that payments outlive a restart as they do at real ones.
    """
    books = folder / FOLDER
    books.mkdir(exist_ok=True)
    return [line for sandbox in installed() if (line := _command(sandbox, site, books))]


def _command(sandbox: Sandbox, site: str, books: Path) -> list[str]:
    """Empty when the demo has no shop there."""
    from demo.merchants import shops_of

    shops = list(shops_of(sandbox.gateway))
    if not shops:
        return []
    port = os.environ[f"KABINET_{sandbox.gateway.upper()}_URL"].rpartition(":")[2].split("/")[0]
    line = [sys.executable, "-m", sandbox.module, "--port", port]
    line += [sandbox.books, str(books / sandbox.gateway)]
    for shop, path in shops:
        line += [sandbox.shop, f"{shop.shop_id}:{shop.secret}"]
        line += [sandbox.webhook, f"{shop.shop_id}={site}{path}"]
        if sandbox.gateway == "yookassa":
            line += ["--utilities", shop.shop_id] * shop.utilities
            line += ["--receipts", shop.shop_id] * shop.receipts
    return line


def free_port(wanted: int) -> int:
    """The port itself while nobody has it, so that pages opened before a restart still answer; else any."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise RuntimeError("no port is free")
