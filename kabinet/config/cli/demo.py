"""`kabinet demo`: a working installation with invented providers, in one command."""

from __future__ import annotations

import argparse
import os

from kabinet.config.cli import serve, worker
from kabinet.config.cli.children import run_together
from kabinet.config.cli.words import Subparsers

ACCOUNTS = 400
MONTHS = 24
SEED = 2026
LOADED = "demo-loaded.json"


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser("demo", help="показать Кабинет на выдуманных поставщиках")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument(
        "--reset", action="store_true", help="стереть данные показа и начать заново"
    )
    parser.add_argument(
        "--accounts", type=int, default=ACCOUNTS, help="счетов у каждого поставщика"
    )
    parser.add_argument("--no-serve", action="store_true", help="только подготовить данные")
    return parser


def prepare(args: argparse.Namespace) -> None:
    """Demo mode is decided here and nowhere else; the children inherit it."""
    os.environ["KABINET_DEMO"] = "on"
    os.environ["KABINET_URL"] = f"http://localhost:{args.port}"


def run(args: argparse.Namespace) -> int:
    from django.core.management import call_command

    from kabinet.config.cli.migrate import migrate

    if args.reset:
        _forget()
    migrate(verbosity=0)
    signins = _load(args.accounts)
    call_command("collectstatic", interactive=False, verbosity=0)
    if args.no_serve:
        return 0
    return run_together(
        [
            serve.command(host="127.0.0.1", port=args.port, workers=1),
            worker.command(concurrency=2),
        ],
        on_started=lambda: _announce(args.port, signins),
    )


def _forget() -> None:
    """Erase the demo's data, and only the demo's.

    :raises SystemExit: the database is not one that the demo made.
    """
