"""PostgreSQL's advisory locks: one at a time at what no row stands for, or before its row is there.

A key is a name, a number or a pair of numbers; whoever gives the same key meets, in every process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

Key = str | int | tuple[int, int]


def wait_until_commit(key: Key) -> None:
    """Wait for the lock and hold it to the end of the transaction that is open."""
    _call("pg_advisory_xact_lock", key)


def wait(key: Key, *, on: BaseDatabaseWrapper | None = None) -> None:
    """Wait for the lock; it is held until it is given back or the connection ends, transactions or not."""
    _call("pg_advisory_lock", key, on)


def take(key: Key, *, on: BaseDatabaseWrapper | None = None) -> bool:
    """Take the lock if it is free, and say whether it was; held as by ``wait``."""
    return bool(_call("pg_try_advisory_lock", key, on))


def give_back(key: Key, *, on: BaseDatabaseWrapper | None = None) -> None:
    """Give up what ``wait`` or ``take`` got, once."""
    _call("pg_advisory_unlock", key, on)


@contextmanager
def alone(key: Key) -> Iterator[bool]:
    """Hold the lock, without a transaction, and say whether it was free: for what asks banks on the way."""
    is_free = take(key)
    try:
        yield is_free
    finally:
        if is_free:
            give_back(key)


def _call(function: str, key: Key, on: BaseDatabaseWrapper | None = None) -> Any:
    parts = key if isinstance(key, tuple) else (key,)
    place = "hashtextextended(%s, 0)" if isinstance(key, str) else "%s"
    with (on or connection).cursor() as cursor:
        cursor.execute(f"SELECT {function}({', '.join([place] * len(parts))})", parts)
        return cursor.fetchone()[0]
