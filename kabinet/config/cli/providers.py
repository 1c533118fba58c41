from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser("provider", help="поставщики")
    add = parser.add_subparsers(dest="action", required=True).add_parser(
        "add", help="завести поставщика (XCH-13)"
    )
    add.add_argument("code")
    add.add_argument("--name", required=True)
    add.add_argument("--style", choices=["A", "B", "C", "D"], default="B")
    add.add_argument(
        "--kind", choices=["gas", "electricity", "heat", "water", "housing"], default="gas"
    )
    return parser


def run(args: argparse.Namespace) -> int:
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
