from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kabinet.config.cli.words import Subparsers

if TYPE_CHECKING:
    from kabinet.exchange.exports import ExportRow, Target

SUFFIXES = {".csv", ".xlsx"}


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser("export", help="выгрузить данные для биллинга (XCH-11)")
    parser.add_argument("provider", metavar="ПОСТАВЩИК")
    parser.add_argument(
        "--what",
        default="readings,payments,links",
        help="что: readings, payments, links через запятую",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--new", action="store_true", help="то, чего ещё не выдавали")
    which.add_argument(
        "--since", type=_moment, metavar="МОМЕНТ", help="с момента, ISO 8601 со смещением"
    )
    which.add_argument("--run", type=int, dest="repeat", metavar="N", help="повторить выгрузку № N")
    which.add_argument("--ack", type=int, metavar="N", help="подтвердить получение выгрузки № N")
    parser.add_argument("--format", choices=["csv", "xlsx"], default=None)
    parser.add_argument(
        "--out", type=Path, default=Path(), help="файл или папка; без него — текущая папка"
    )
    return parser


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("нужно смещение от UTC: 2026-11-21T10:00:00+03:00")
    return moment


def run(args: argparse.Namespace) -> int:
    """Export; 0 done (also when nothing is new), 1 refused."""
    from kabinet.kernel.errors import NotVisible, Refused

    try:
        for row, what in _rows(args):
            _tell(row, what)
        if args.new:
            _tell_open(args)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except NotVisible:
        print("Выгрузки с таким номером у этого поставщика нет.", file=sys.stderr)
        return 1
    return 0


def _rows(args: argparse.Namespace) -> Iterator[tuple[ExportRow | None, str]]:
    """Each file is told of as soon as it is there: a later one may still fail."""
    from django.utils import timezone

    from kabinet.exchange import exports
    from kabinet.exchange.queries import get_export_run
    from kabinet.kernel.actors import SYSTEM

    who = {"actor": SYSTEM, "provider_code": args.provider}
    at = timezone.now()
    if args.ack is not None:
        row = exports.acknowledge_run(**who, number=args.ack, at=at)
        yield row, row.what
    elif args.repeat is not None:
        what = get_export_run(actor=SYSTEM, number=args.repeat).what
        target = _target(args, what, alone=True)
        yield exports.repeat_run(**who, number=args.repeat, target=target, at=at), what
    else:
        wanted = [exports.find_file(name.strip()).what for name in args.what.split(",")]
        for what in wanted:
            target = _target(args, what, alone=len(wanted) == 1)
            if args.new:
                yield exports.export_new(**who, what=what, target=target, at=at), what
            else:
                since = {"since": args.since, "target": target}
                yield exports.export_since(**who, what=what, **since), what


def _target(args: argparse.Namespace, what: str, *, alone: bool) -> Target:
    """One file may be named; several go into a folder under their own names."""
    from kabinet.exchange.exports import Target

    suffix = args.out.suffix.lower()
    named = alone and suffix in SUFFIXES and not args.out.is_dir()
    kind = args.format or (suffix.removeprefix(".") if named else "csv")
    return Target(args.out if named else args.out / f"{what}-out.{kind}", kind)


def _tell(row: ExportRow | None, what: str) -> None:
    if row is None:
        print(f"{what}: нового нет.")
    elif row.path is None:
        print(f"{what}: получение выгрузки № {row.number} подтверждено, строк: {row.rows}.")
    else:
        number = f"выгрузка № {row.number}, " if row.number is not None else ""
        print(f"{what}: {number}строк: {row.rows}, файл {row.path}")


def _tell_open(args: argparse.Namespace) -> None:
    from kabinet.exchange.exports import get_open_runs
    from kabinet.kernel.actors import SYSTEM

    waiting = get_open_runs(actor=SYSTEM, provider_code=args.provider)
    if waiting:
        numbers = ", ".join(f"{row.number} ({row.what})" for row in waiting)
        print(f"Ждут подтверждения (--ack) или повтора (--run): {numbers}")
