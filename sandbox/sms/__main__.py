"""Run the stand-in: python -m sandbox.sms --port 8103 --smsc LOGIN:PASSWORD --smsaero EMAIL:KEY."""

from __future__ import annotations

import argparse
from pathlib import Path

from sandbox.sms.books import Books
from sandbox.sms.server import Sandbox


def read_account(told: str) -> tuple[str, str]:
    name, colon, secret = told.partition(":")
    if not colon or not secret:
        raise SystemExit(f"{told}: напишите ИМЯ:СЕКРЕТ (для ключа SMSC имя пустое)")
    return name, secret


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.sms", description=__doc__)
    parser.add_argument("--port", type=int, default=8103)
    parser.add_argument("--smsc", action="append", default=[], metavar="LOGIN:PASSWORD")
    parser.add_argument("--smsaero", action="append", default=[], metavar="EMAIL:KEY")
    parser.add_argument("--file", type=Path, help="where to remember messages between runs")
    parser.add_argument("--delay", type=float, default=1.0, help="seconds until a message arrives")
    given = parser.parse_args()
    sandbox = Sandbox(
        smsc=map(read_account, given.smsc),
        smsaero=map(read_account, given.smsaero),
        port=given.port,
        books=Books(file=given.file, delay=given.delay),
    )
    sandbox.run("SMS")


if __name__ == "__main__":
    main()
