"""Run the stand-in: python -m sandbox.tbank --port 8102 --terminal KEY:PASSWORD --notify URL."""

from __future__ import annotations

import argparse
from pathlib import Path

from sandbox.tbank.books import Terminal
from sandbox.tbank.server import Sandbox


def read_terminals(keys: list[str], notify: list[str]) -> list[Terminal]:
    """Join KEY:PASSWORD with URL (for all) or KEY=URL (for one)."""
    addresses = dict(one.split("=", 1) for one in notify if not one.startswith("http"))
    common = next((one for one in notify if one.startswith("http")), "")
    terminals = []
    for one in keys:
        key, colon, password = one.partition(":")
        if not colon or not key or not password:
            raise SystemExit(f"--terminal {one}: напишите КЛЮЧ:ПАРОЛЬ")
        terminals.append(Terminal(key, password, addresses.get(key, common)))
    return terminals


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.tbank", description=__doc__)
    parser.add_argument("--port", type=int, default=8102)
    parser.add_argument(
        "--terminal", action="append", required=True, metavar="KEY:PASSWORD", help="may be repeated"
    )
    parser.add_argument(
        "--notify", action="append", default=[], metavar="URL", help="for all terminals, or KEY=URL"
    )
    parser.add_argument(
        "--file", type=Path, help="where to remember payments and cards between runs"
    )
    given = parser.parse_args()
    sandbox = Sandbox(
        read_terminals(given.terminal, given.notify), port=given.port, file=given.file
    )
    sandbox.run("T-Bank")


if __name__ == "__main__":
    main()
