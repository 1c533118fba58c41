"""`kabinet demo-data`: bundles of invented providers, of any size, to try the import on."""

from __future__ import annotations

import argparse
import time
from datetime import date
from pathlib import Path

from kabinet.config.cli.words import Subparsers
from kabinet.kernel.period import Period

LARGEST = 1_000_000
MOST_MONTHS = 120


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "demo-data", help="написать пакеты с данными выдуманных поставщиков"
    )
    parser.add_argument(
        "--accounts", type=_number(LARGEST), default=1600, help="счетов у всех поставщиков вместе"
    )
    parser.add_argument(
        "--months", type=_number(MOST_MONTHS), default=24, help="закрытых месяцев истории"
    )
    parser.add_argument("--seed", type=int, default=2026, help="то же число — те же данные")
    parser.add_argument("--out", type=Path, required=True, help="папка для пакетов")
    parser.add_argument("--zip", action="store_true", help="каждый пакет одним файлом .zip")
    parser.add_argument("--provider", action="append", help="только этот поставщик (можно не раз)")
    parser.add_argument(
        "--until", type=_month, help="последний закрытый месяц, ГГГГ-ММ (обычно прошлый)"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Write the bundles and say where they are; exit status 2 for an unknown provider."""
    from demo.generator import Order, write_bundles
    from demo.providers import BY_CODE, PROVIDERS

    unknown = set(args.provider or ()) - set(BY_CODE)
    if unknown:
        print(f"Нет такого поставщика: {', '.join(sorted(unknown))}. Есть: {', '.join(BY_CODE)}.")
        return 2
    chosen = [BY_CODE[code] for code in dict.fromkeys(args.provider or ())] or list(PROVIDERS)
    order = Order(args.accounts, args.months, args.seed, _data_day(args.until), chosen)
    started = time.monotonic()
    for made in write_bundles(order, args.out, zipped=args.zip):
        total = sum(made.rows.values())
        print(f"{made.path}: счетов {made.rows['accounts']}, строк {total}")
    print(f"Готово за {time.monotonic() - started:.1f} с")
    return 0


def _data_day(until: Period | None) -> date:
    """Data speak of today, or of the 21st of the month after the last closed one."""
    from django.utils import timezone

    return timezone.localdate() if until is None else until.plus(1).day(21)


def _month(text: str) -> Period:
    try:
        return Period.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _number(largest: int) -> type[int]:
    def parse(text: str) -> int:
        number = int(text)
        if not 1 <= number <= largest:
            raise argparse.ArgumentTypeError(f"от 1 до {largest}")
        return number

    return parse  # type: ignore[return-value]  # argparse calls it as a type
