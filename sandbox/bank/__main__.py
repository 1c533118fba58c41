"""Command line: ``python -m sandbox.bank --port 8101 --shop ID:SECRET --webhook URL``."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from sandbox.bank.program import Program
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
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="keep the books here over a restart"
    )
    parser.add_argument(
        "--behind", type=int, default=0, metavar="SECONDS", help="start with a clock that is slow"
    )
    parser.add_argument(
        "--public", metavar="URL", help="address of the pages, as a payer reaches it"
    )
    return parser


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    args = build_parser().parse_args()
    try:
        shops = read_shops(
            args.shop, utilities=args.utilities, receipts=args.receipts, webhooks=args.webhook
        )
    except UnknownShopError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    program = Program(shops, public="", state=args.state)
    server = BankServer(program, args.port)
    address = f"http://{ADDRESS}:{server.server_port}"
    program.bank.clock.turn(-args.behind)
    program.bank.public = (args.public or address).rstrip("/")
    program.start()
    signal.signal(signal.SIGTERM, _interrupt)
    sys.stdout.write(f"Bank listens on {address}\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        program.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
