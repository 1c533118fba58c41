from __future__ import annotations

import argparse
import sys

from kabinet.config.cli.children import run_together
from kabinet.config.cli.words import Subparsers

# Processes of their own: a letter with a code waits neither for a bundle nor for a slow bank.
QUEUES = ("default,channels", "payments", "imports")


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser("worker", help="запустить фоновую работу: загрузки, письма, СМС")
    parser.add_argument(
        "--concurrency", type=int, default=2, help="сколько загрузок и сколько писем сразу"
    )
    return parser


def commands(*, concurrency: int) -> list[list[str]]:
    """The command lines of the background workers; jobs that ended well are not kept."""
    return [
        [
            sys.executable,
            *["-m", "django", "procrastinate", "worker", "--queues", queues],
            *["--concurrency", str(concurrency), "--delete-jobs", "successful"],
            *["--shutdown-graceful-timeout", "10"],
        ]
        for queues in QUEUES
    ]


def run(args: argparse.Namespace) -> int:
    return run_together(commands(concurrency=args.concurrency))
