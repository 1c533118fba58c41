"""Run the stand-in: python -m sandbox.social --client NUMBER:SECRET --redirect URL [--port 8105]."""

from __future__ import annotations

import argparse
import signal
import sys

from sandbox.social.server import Sandbox
from sandbox.social.services import Client


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.social", description=__doc__)
    parser.add_argument("--port", type=int, default=8105)
    parser.add_argument("--client", required=True, metavar="NUMBER:SECRET")
    parser.add_argument("--redirect", action="append", default=[], metavar="URL")
    given = parser.parse_args()
    number, _, secret = given.client.partition(":")
    sandbox = Sandbox([Client(number, secret, tuple(given.redirect))], port=given.port)
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: sandbox.stop())
    sys.stdout.write(f"VK ID and Yandex ID sandbox: {sandbox.url}\n")
    sys.stdout.flush()
    sandbox.serve()


if __name__ == "__main__":
    main()
