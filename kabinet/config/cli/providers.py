from __future__ import annotations

import argparse
import sys

from kabinet.config.cli.words import Subparsers


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser("provider", help="поставщики")
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="завести поставщика (XCH-13)")
    add.add_argument("code")
    add.add_argument("--name", required=True)
    add.add_argument("--style", choices=["A", "B", "C", "D"], default="B")
    add.add_argument(
        "--kind", choices=["gas", "electricity", "heat", "water", "housing"], default="gas"
    )
    key = actions.add_parser("key", help="выдать ключ для программного доступа")
    key.add_argument("code")
    key.add_argument("--name", required=True, help="для какой программы")
    return parser


def run(args: argparse.Namespace) -> int:
    return _issue_key(args) if args.action == "key" else _add(args)


def _issue_key(args: argparse.Namespace) -> int:
    """Print a new API key once; exit status 1 for an unknown provider."""
    from django.utils import timezone

    from kabinet.kernel.actors import SYSTEM
    from kabinet.kernel.errors import NotVisible
    from kabinet.providers.api_keys import issue_api_key

    try:
        key = issue_api_key(
            actor=SYSTEM, provider_code=args.code, name=args.name, at=timezone.now()
        )
    except NotVisible:
        print(f"Поставщика {args.code} нет.", file=sys.stderr)
        return 1
    print(key)
    return 0


def _add(args: argparse.Namespace) -> int:
    """Add a provider; exit status 1 when it is refused."""
    from django.utils import timezone

    from kabinet.kernel.actors import SYSTEM
    from kabinet.kernel.errors import Refused
    from kabinet.providers.enums import ProviderKind, Style
    from kabinet.providers.operations import add_provider

    try:
        add_provider(
            actor=SYSTEM,
            code=args.code,
            name=args.name,
            style=Style(args.style),
            kind=ProviderKind(args.kind),
            at=timezone.now(),
        )
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print(f"Поставщик {args.code} заведён.")
    return 0
