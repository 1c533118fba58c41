"""Run the stand-in: python -m sandbox.messengers --bot telegram:NAME=TOKEN [--hook telegram:SECRET=URL] [--port 8106]."""

from __future__ import annotations

import argparse

from sandbox.messengers.books import NAMES, Bot, Hook
from sandbox.messengers.server import Sandbox


def read_words(told: str) -> tuple[str, str, str]:
    """``telegram:this=that``: the messenger and two words; the second may hold anything."""
    messenger, colon, words = told.partition(":")
    first, sign, second = words.partition("=")
    if messenger not in NAMES or not (colon and first and sign and second):
        raise SystemExit(f"{told}: напишите МЕССЕНДЖЕР:СЛОВО=СЛОВО, мессенджер telegram или max")
    return messenger, first, second


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.messengers", description=__doc__)
    parser.add_argument("--port", type=int, default=8106)
    parser.add_argument(
        "--bot", action="append", required=True, metavar="MESSENGER:NAME=TOKEN", type=read_words
    )
    parser.add_argument(
        "--hook", action="append", default=[], metavar="MESSENGER:SECRET=URL", type=read_words
    )
    given = parser.parse_args()
    sandbox = Sandbox([Bot(*words) for words in given.bot], port=given.port)
    for messenger, secret, url in given.hook:
        sandbox.books.hooks[messenger] = Hook(url, secret)
    sandbox.run("Messengers")


if __name__ == "__main__":
    main()
