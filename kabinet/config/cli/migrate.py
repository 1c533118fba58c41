from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    return subparsers.add_parser("migrate", help="привести базу данных к этой версии")


def migrate(*, verbosity: int = 1) -> None:
    """Apply the migrations and make the cache table."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=verbosity)
    call_command("createcachetable", verbosity=verbosity)


def run(_args: argparse.Namespace) -> int:
    migrate()
    return 0
