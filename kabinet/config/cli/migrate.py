from __future__ import annotations

import argparse

from kabinet.config.cli.words import Subparsers


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    return subparsers.add_parser("migrate", help="привести базу данных к этой версии")


def migrate(*, verbosity: int = 1) -> None:
    """Apply the migrations."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=verbosity)


def run(_args: argparse.Namespace) -> int:
    migrate()
    return 0
