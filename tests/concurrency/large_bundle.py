"""A bundle that takes a second or two, and what it takes to kill the process that imports it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from django.db import connection

from kabinet.exchange.runs import DATA_LOCK
from tests.exchange.bundles import Bundle

ROOT = Path(__file__).parents[2]
MANY = 10_000


def large_bundle():
    """The genuine bundle with many more accounts, and one old bill changed."""
    bundle = Bundle().replace("bills", "1002;2026-10;общая;B-3", "1002;2026-10;общая;B-3-bis")
    for n in range(2000, 2000 + MANY):
        bundle.add("accounts", f"{n};;Иванов;;;;;;;;;;;")
        bundle.add("bills", f"{n};2026-10;общая;L{n};;0;0;10;10;")
        bundle.add("bill_lines", f"{n};2026-10;общая;1;gas;;;;;;0;10;0;10")
    return bundle


def environment(**more):
    """Settings of a process that works on this test's database."""
    settings = connection.settings_dict
    url = (
        f"postgresql://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST'] and ''}"
        f"/{settings['NAME']}?host={settings['HOST']}&port={settings['PORT'] or 5432}"
    )
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "kabinet.config.settings",
        **more,
    }


def wait_until(true, seconds=20):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_for_the_server(provider_id):
    """The server process may be committing at the moment when its client dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [DATA_LOCK, provider_id])
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [DATA_LOCK, provider_id])
