"""A test that commits leaves rows behind; this takes them away in milliseconds.

Django truncates every table and makes permissions and content types anew, which takes half a second after each such
test; but most tables were empty all the time, and nobody touches what only migrations make.
"""

from __future__ import annotations

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase
from django.utils import timezone

from kabinet.identity.operations import publish_initial_documents

# Made by migrations alone.
KEPT = frozenset(
    {"django_migrations", "django_content_type", "auth_permission", "providers_calendarday"}
)

_by_django = TransactionTestCase._fixture_teardown


def empty_after_commits() -> None:
    TransactionTestCase._fixture_teardown = _empty


def _empty(case: TransactionTestCase) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if _may_pass_over_triggers(cursor):
            _take_rows_away(cursor)
            return
        # Not part of Django's flush: its tables have no models.
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    _by_django(case)


def _may_pass_over_triggers(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT current_setting('is_superuser') = 'on'")
    return bool(cursor.fetchone()[0])


def _take_rows_away(cursor: CursorWrapper) -> None:
    tables = [
        f'"{table.name}"'
        for table in connection.introspection.get_table_list(cursor)
        if table.type == "t" and table.name not in KEPT
    ]
    # As TRUNCATE does, wait for whoever is still writing: a request of the live server may outlive its test.
    cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
    found = (f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables)
    cursor.execute(" UNION ALL ".join(found))
    filled = [table for (table,) in cursor.fetchall()]
    cursor.execute("SET LOCAL session_replication_role = replica")
    for table in filled:
        cursor.execute(f"DELETE FROM {table}")
    cursor.execute("SET LOCAL session_replication_role = origin")
    publish_initial_documents(at=timezone.now())
