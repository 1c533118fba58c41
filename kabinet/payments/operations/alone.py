"""One process at a time, without a transaction: for what asks banks on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Hold the lock of that name, and say whether it was free; it goes with the connection of a process that dies."""
    is_free = _scalar("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", name)
    try:
        yield is_free
    finally:
        if is_free:
            _scalar("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", name)


def _scalar(sql: str, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, [name])
        return bool(cursor.fetchone()[0])
