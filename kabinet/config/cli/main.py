"""The `kabinet` command: one entry point for whoever installs and runs Kabinet."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

# Each module gives add_parser(subparsers) and run(args) -> exit status; run() finds Django set up.
COMMANDS = (
    "demo",
    "serve",
    "worker",
    "migrate",
    "providers",
    "merchants",
    "messengers",
    "imports",
    "exports",
    "demo_data",
    "check",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the words, find the database, set Django up and run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kabinet.config.settings")
    parser = argparse.ArgumentParser(prog="kabinet", description="Личный кабинет абонента")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="КОМАНДА")
    for name in COMMANDS:
        module = importlib.import_module(f"kabinet.config.cli.{name}")
        module.add_parser(subparsers).set_defaults(run=module.run, prepare=_prepare(module))
    args = parser.parse_args(argv)
    args.prepare(args)

    from kabinet.config.embedded import ensure_database

    ensure_database()
    import django

    django.setup()
    status: int = args.run(args)
    return status


def _prepare(module: object) -> object:
    """A command may set environment variables before the settings are read."""
    return getattr(module, "prepare", lambda _args: None)


if __name__ == "__main__":
    sys.exit(main())
