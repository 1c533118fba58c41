from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kabinet.config.cli.words import Subparsers

if TYPE_CHECKING:
    from kabinet.exchange.report import Report

SHOWN = 20


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser("import", help="загрузить пакет поставщика (XCH-08)")
    parser.add_argument("path", type=Path, help="папка, архив .zip или книга .xlsx")
    parser.add_argument("--provider", metavar="КОД", help="иначе — из manifest.json")
    parser.add_argument("--mode", choices=["strict", "partial"], default="strict")
    parser.add_argument("--dry-run", action="store_true", help="проверить и ничего не менять")
    parser.add_argument("--json", action="store_true", help="напечатать отчёт как JSON (XCH-14)")
    return parser


def run(args: argparse.Namespace) -> int:
    """Import; 0 imported, 1 refused or imported in part, 2 not readable at all."""
    from django.utils import timezone

    from kabinet.exchange.enums import ImportMode
    from kabinet.exchange.operations import import_bundle
    from kabinet.exchange.report import Options
    from kabinet.kernel.actors import SYSTEM

    report = import_bundle(
        actor=SYSTEM,
        path=args.path,
        provider_code=args.provider,
        options=Options(mode=ImportMode(args.mode), dry_run=args.dry_run),
        at=timezone.now(),
    )
    if args.json:
        print(json.dumps(_located(report), ensure_ascii=False))
    else:
        _tell(report)
    return report.exit_status


def _located(report: Report) -> dict[str, object]:
    """On the command line the rejects are named by where they lie."""
    return {**report.as_json(), "rejects": _rejects(report)}


def _rejects(report: Report) -> str | None:
    from django.core.files.storage import default_storage

    if report.rejects is None:
        return None
    try:
        return default_storage.path(report.rejects)
    except NotImplementedError:
        return report.rejects


def _tell(report: Report) -> None:
    print(f"{report.status.label.capitalize()}: {report.provider or '—'}, {report.seconds:.1f} с")
    if report.reason:
        print(report.reason, file=sys.stderr)
    for name, counts in report.files.items():
        print(
            f"  {name:<18} прочитано {counts['read']:>9}  добавлено {counts['inserted']:>9}"
            f"  изменено {counts['updated']:>9}  без изменений {counts['unchanged']:>9}"
            f"  отклонено {counts['rejected']:>7}"
        )
    for title, problems, total in (
        ("Ошибки", report.errors, report.errors_total),
        ("Предупреждения", report.warnings, report.warnings_total),
    ):
        if total:
            print(f"{title}: {total}", file=sys.stderr)
        for problem in problems[:SHOWN]:
            entry = problem.as_json()
            place = ", ".join(
                str(part)
                for part in (
                    problem.file,
                    problem.line and f"строка {problem.line}",
                    problem.column,
                )
                if part
            )
            value = f" «{problem.value}»" if problem.value else ""
            print(f"  {place}{value}: {entry['message']} [{problem.code}]", file=sys.stderr)
    if report.rejects:
        print(f"Отклонённые строки: {_rejects(report)}")
