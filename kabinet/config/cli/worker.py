from __future__ import annotations

import argparse
import sys

from kabinet.config.cli.children import run_together
from kabinet.config.cli.words import Subparsers


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser("worker", help="запустить фоновую работу: загрузки, письма, СМС")
    parser.add_argument("--concurrency", type=int, default=2)
    return parser


def command(*, concurrency: int) -> list[str]:
    """The background worker's command line; jobs that ended well are not kept."""
    return [
        sys.executable,
        *["-m", "django", "procrastinate", "worker", "--concurrency", str(concurrency)],
        *["--delete-jobs", "successful", "--shutdown-graceful-timeout", "10"],
    ]


def run(args: argparse.Namespace) -> int:
    return run_together([command(concurrency=args.concurrency)])
