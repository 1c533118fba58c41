"""Command line: ``python -m sandbox.bank --port 8101 --shop ID:SECRET --webhook URL``."""

from __future__ import annotations

import argparse
import contextlib
import sys

from sandbox.bank.alarms import ALARMS
from sandbox.bank.bank import Bank
from sandbox.bank.server import ADDRESS, BankServer
from sandbox.bank.shops import UnknownShopError, read_shops


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.bank", description="A stand-in acquirer that speaks YooKassa API v3"
    )
    parser.add_argument("--port", type=int, default=8101, help="0 takes a free one and prints it")
    parser.add_argument("--shop", action="append", required=True, metavar="ID:SECRET")
    parser.add_argument("--webhook", action="append", default=[], metavar="URL or ID=URL")
    parser.add_argument("--utilities", action="append", default=[], metavar="ID")
    parser.add_argument("--receipts", action="append", default=[], metavar="ID")
    parser.add_argument("--state", metavar="FILE", help="keep the books here over a restart")
    parser.add_argument(
        "--public", metavar="URL", help="address of the pages, as a payer reaches it"
    )
    return parser


def main() -> int:
    args = build_parser().parse_args()
    try:
        shops = read_shops(
            args.shop, utilities=args.utilities, receipts=args.receipts, webhooks=args.webhook
        )
    except UnknownShopError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    bank = Bank(shops, public="", alarms=ALARMS)
    server = BankServer(bank, args.port)
    address = f"http://{ADDRESS}:{server.server_port}"
    bank.public = (args.public or address).rstrip("/")
    sys.stdout.write(f"Bank listens on {address}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever(poll_interval=0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
