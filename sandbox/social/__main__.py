"""Run the stand-in: python -m sandbox.social --client NUMBER:SECRET --redirect URL [--port 8105]."""

from __future__ import annotations

import argparse

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
    sandbox.run("VK ID and Yandex ID")


if __name__ == "__main__":
    main()
