"""A site full of accounts in a database of its own, called as WSGI in this process: for benchmarks of pages."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections

from kabinet.config.embedded import ensure_database

VISITORS = 200
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

FILL = """
INSERT INTO accounts_account (public_id, provider_id, number, surname, name, patronymic, region, city, street,
    house, building, flat, gis_id, stove, email, phone, pin_digest, as_of)
SELECT gen_random_uuid(), %(provider)s, lpad(n::text, 8, '0'), 'Абрамов', 'Борис', 'Васильевич', '', 'Озёрск',
    'ул. Лесная', (n / 100)::text, '', (n %% 100)::text, '', '', '', '', '', now()
FROM generate_series(%(first)s::int, %(last)s::int) n;

CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS
    SELECT id, number::int AS n FROM accounts_account WHERE number::int BETWEEN %(first)s AND %(last)s;

INSERT INTO billing_bill (public_id, account_id, period, kind, number, as_of, opening, paid, charged, total,
    opening_is_net, final, revision)
SELECT gen_random_uuid(), id, date_trunc('month', now()) - make_interval(months => m), 'общая', '', now(),
    100, 100, 100 + (n * 7 + m * 13) %% 900, 100 + (n * 7 + m * 13) %% 900, false, true, 1
FROM fresh, generate_series(1, 13) m;

INSERT INTO billing_balance (account_id, service_id, amount, as_of)
SELECT fresh.id, service.id, (n * 11) %% 3000, now()
FROM fresh, providers_service service WHERE service.provider_id = %(provider)s;

INSERT INTO metering_meter (public_id, account_id, serial, service_id, model, place, digits, decimals, zones,
    removal_reason, state)
SELECT gen_random_uuid(), id, '0741' || n, %(service)s, 'БК-G4T', 'кухня', 5, 0, '{}', '', 'active' FROM fresh;

INSERT INTO metering_reading (meter_id, zone, taken_on, accounted_on, value, source, status, reason, route)
SELECT meter.id, '', date_trunc('month', now()) - make_interval(months => m) + interval '20 days',
    date_trunc('month', now()) - make_interval(months => m - 1), 5000 - m * 100, 'inspector', 'accepted', '', ''
FROM metering_meter meter JOIN fresh ON fresh.id = meter.account_id, generate_series(1, 13) m;
"""


def measure_in_own_database(measure: Callable[[str], int]) -> int:
    """Give ``measure`` a folder for static files and an empty database; both are gone afterwards."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "kabinet.config.settings"
    ensure_database()
    import django
    from django.test.utils import setup_databases, teardown_databases

    django.setup()
    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        with tempfile.TemporaryDirectory() as folder:
            return measure(folder)
    finally:
        teardown_databases(databases, verbosity=0)


@contextmanager
def copy_of_database() -> Iterator[Any]:
    """A connection to the database as it is now, which stays as it is while the original grows."""
    original = connections["default"]
    copied = original.settings_dict["NAME"] + "_few"
    original.close()
    with _outside() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{copied}"')
        cursor.execute(f'CREATE DATABASE "{copied}" TEMPLATE "{original.settings_dict["NAME"]}"')
    small = connections.create_connection("default")
    small.settings_dict = {**original.settings_dict, "NAME": copied}
    try:
        yield small
    finally:
        small.close()
        with _outside() as cursor:
            cursor.execute(f'DROP DATABASE "{copied}"')


def _outside() -> Any:
    """A cursor in no database of ours: only from there can one be copied or dropped."""
    return connections["default"]._nodb_cursor()  # noqa: SLF001 -- as Django's own test runner does


@contextmanager
def connected(to: Any) -> Iterator[None]:
    usual = connections["default"]
    connections["default"] = to
    try:
        yield
    finally:
        connections["default"] = usual


def usual_connection() -> Any:
    return connections["default"]


def serve(folder: str) -> Wsgi:
    """The whole site with its static files as in production."""
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.management import call_command

    settings.STATIC_ROOT = folder
    settings.ALLOWED_HOSTS = ["localhost"]
    call_command("collectstatic", interactive=False, verbosity=0)
    return WSGIHandler()


def fill(values: Mapping[str, int], *more: str) -> None:
    """Add the accounts ``first`` to ``last`` with 13 months of history, and run ``more`` over them: ``fresh`` names them."""
    from django.db import transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (FILL, *more):
            cursor.execute(statement, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def sign_in(account: Any) -> str:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from tests.factories import AccountLinkFactory, UserFactory

    user = UserFactory()
    AccountLinkFactory(account=account, user=user, is_primary=True)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def timed(application: Wsgi, path: str, visitor: str) -> float:
    statuses: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_COOKIE": f"sessionid={visitor}",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
    }
    started = time.perf_counter()
    response = application(environ, lambda status, _headers: statuses.append(status))
    body = b"".join(response)
    response.close()  # type: ignore[attr-defined]
    seconds = time.perf_counter() - started
    assert statuses == ["200 OK"], (statuses, body[:500])
    return seconds
