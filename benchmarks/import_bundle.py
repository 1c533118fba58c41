"""Import of a bundle against a bare COPY of the same rows (design §7).

"Equal tables" are made LIKE the live ones INCLUDING ALL: the same columns, NOT NULLs, checks, primary keys and unique
indexes; LIKE never copies foreign keys. The rows are those of the live tables after the import, written as CSV: what
COPY takes in is what the import must have made of the bundle. All tables that the bundle fills are counted on both
sides. ``ACCOUNTS`` sets the size; without DATABASE_URL a throw-away server is started.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.bundle_data import write_bundle

if TYPE_CHECKING:
    from kabinet.exchange.report import Report

ACCOUNTS = int(os.environ.get("ACCOUNTS", "100000"))
COPY_TARGET, REPEAT_TARGET, RSS_TARGET = 4.0, 1.0, 1024


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        _prepare(Path(scratch))
        rows = write_bundle(Path(scratch) / "bundle", ACCOUNTS)
        first, report = _import(Path(scratch) / "bundle")
        assert report.status == "imported", report.as_json()
        copied = _bare_copy(Path(scratch))
        second, report = _import(Path(scratch) / "bundle")
        assert report.status == "unchanged", report.as_json()
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"Лицевых счетов {ACCOUNTS}, строк {rows}")
        print(f"COPY тех же строк в такие же таблицы {copied:8.2f} с")
        print(
            f"Первая загрузка                      {first:8.2f} с  x{first / copied:.2f} (цель ≤ {COPY_TARGET})"
        )
        print(
            f"Повторная загрузка                   {second:8.2f} с  x{second / first:.2f} к первой (цель ≤ {REPEAT_TARGET})"
        )
        print(f"Память процесса, наибольшая          {rss:8d} МиБ (цель ≤ {RSS_TARGET})")
        good = (
            first <= copied * COPY_TARGET and second <= first * REPEAT_TARGET and rss <= RSS_TARGET
        )
    return 0 if good else 1


def _prepare(scratch: Path) -> None:
    if "DATABASE_URL" not in os.environ:
        os.environ["KABINET_VAR"] = str(scratch / "var")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kabinet.config.settings")
    from kabinet.config.embedded import ensure_database

    ensure_database()
    import django

    django.setup()
    from django.core.management import call_command

    from kabinet.kernel.actors import SYSTEM
    from kabinet.providers.enums import ProviderKind, Style
    from kabinet.providers.operations import add_provider

    call_command("migrate", verbosity=0)
    add_provider(
        actor=SYSTEM,
        code="bench",
        name="Замер",
        style=Style.A,
        kind=ProviderKind.GAS,
        at=datetime.now(UTC),
    )


def _import(bundle: Path) -> tuple[float, Report]:
    from kabinet.exchange.operations import import_bundle
    from kabinet.exchange.report import Options
    from kabinet.kernel.actors import SYSTEM

    began = time.perf_counter()
    report = import_bundle(
        actor=SYSTEM, path=bundle, provider_code="bench", options=Options(), at=datetime.now(UTC)
    )
    return time.perf_counter() - began, report


def _bare_copy(scratch: Path) -> float:
    """Write the live rows down, then time nothing but COPY into equal tables, in one transaction."""
    from django.db import connection, transaction

    from kabinet.kernel import bundle

    tables = sorted({file.table for file in bundle.files()})
    spent = 0.0
    with connection.cursor() as cursor:
        for table in tables:
            with (
                (scratch / table).open("wb") as file,
                cursor.copy(f"COPY {table} TO STDOUT (FORMAT csv)") as copy,
            ):
                for chunk in copy:
                    file.write(chunk)
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            with (
                (scratch / table).open("rb") as file,
                cursor.copy(f"COPY bare_{table} FROM STDIN (FORMAT csv)") as copy,
            ):
                while chunk := file.read(1 << 20):
                    copy.write(chunk)
    spent = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {', '.join('bare_' + table for table in tables)}")
    return spent


if __name__ == "__main__":
    sys.exit(main())
