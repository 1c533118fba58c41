from __future__ import annotations

import argparse
import os
import sys

from kabinet.config.cli.children import run_together
from kabinet.config.cli.statics import collect_static
from kabinet.config.cli.words import Subparsers


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser("serve", help="запустить веб-сервер")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--workers", type=int, default=1)
    return parser


def command(*, host: str, port: int, workers: int) -> list[str]:
    """The web server's command line: Granian over WSGI, a few threads a worker."""
    return [
        sys.executable,
        *["-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)],
        *[
            "--workers",
            str(workers),
            "--blocking-threads",
            "4",
            "--no-ws",
            "--log-level",
            "warning",
        ],
        *["--respawn-failed-workers", "--workers-kill-timeout", "10"],
        "kabinet.config.wsgi:application",
    ]


def run(args: argparse.Namespace) -> int:
    """Serve; what the deployment checks say is told first and does not stop the server."""
    from django.core.checks import run_checks

    for message in run_checks(include_deployment_checks=True):
        print(message, file=sys.stderr)
    collect_static()
    return run_together([command(host=args.host, port=args.port, workers=args.workers)])
