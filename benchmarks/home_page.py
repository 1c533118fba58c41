"""The home page, warm, one worker: against a bare view with the same SQL, and at 100,000 accounts against 1,000.

``python -m benchmarks.home_page [FEW] [MANY]`` calls the WSGI application in this process, in a database of its own.
"""

from __future__ import annotations

import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, connections
from django.http import HttpRequest, HttpResponse

from kabinet.config.embedded import ensure_database

VISITORS = 200
ROUNDS = 600
AT_MOST_BARE = 2.5
AT_MOST_GROWTH = 1.2
STATEMENTS: dict[str, list[tuple[str, Any]]] = {}
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


def main(few: int, many: int) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "kabinet.config.settings"
    ensure_database()
    import django
    from django.test.utils import setup_databases, teardown_databases

    django.setup()
    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _measure(folder, few, many)
    finally:
        teardown_databases(databases, verbosity=0)


def _measure(folder: str, few: int, many: int) -> int:
    page, bare = _applications(folder)
    provider, service = _provider()
    visitors = _fill(provider, service, 1, few, visitors=VISITORS)
    with _copy_of_database() as small:
        _fill(provider, service, few + 1, many, visitors=0)
        times = _race(page, bare, visitors, small)
    print(f"home page, {few:,} accounts: {times.small:.2f} ms")
    print(
        f"home page, {many:,} accounts: {times.large:.2f} ms; the same SQL bare: {times.bare:.2f} ms"
    )
    against_bare, growth = times.large / times.bare, times.large / times.small
    print(f"home page / bare view: {against_bare:.2f} (target: at most {AT_MOST_BARE})")
    print(f"{many:,} / {few:,} accounts: {growth:.2f} (target: at most {AT_MOST_GROWTH})")
    return 0 if against_bare <= AT_MOST_BARE and growth <= AT_MOST_GROWTH else 1


@contextmanager
def _copy_of_database() -> Iterator[Any]:
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
def _connected(to: Any) -> Iterator[None]:
    usual = connections["default"]
    connections["default"] = to
    try:
        yield
    finally:
        connections["default"] = usual


def _applications(folder: str) -> tuple[Wsgi, Wsgi]:
    """The whole site with its static files as in production, and Django with no middleware for the bare view."""
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.management import call_command
    from django.test.utils import override_settings
    from django.urls import include, path

    settings.STATIC_ROOT = folder
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.ROOT_URLCONF = (path("bare", _run_bare), path("", include("kabinet.config.urls")))
    call_command("collectstatic", interactive=False, verbosity=0)
    with override_settings(MIDDLEWARE=[]):
        bare = WSGIHandler()
    return WSGIHandler(), bare


def _run_bare(request: HttpRequest) -> HttpResponse:
    """Run what the page ran for this visitor and answer with a fixed string."""
    with connection.cursor() as cursor:
        for sql, parameters in STATEMENTS[request.COOKIES["sessionid"]]:
            cursor.execute(sql, parameters)
            cursor.fetchall()
    return HttpResponse("К оплате 1 243,56 ₽")


def _provider() -> tuple[int, int]:
    from tests.factories import ProviderFactory, ServiceFactory, TariffFactory

    provider = ProviderFactory(code="bench", policy__max_data_age_hours=1000)
    service = ServiceFactory(provider=provider)
    TariffFactory(service=service)
    ServiceFactory(provider=provider, name="Техническое обслуживание")
    return provider.pk, service.pk


def _fill(provider: int, service: int, first: int, last: int, *, visitors: int) -> list[str]:
    """Add the accounts with 13 months of history; give the sessions of people who have some of them."""
    from django.db import transaction

    values = {"provider": provider, "service": service, "first": first, "last": last}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FILL, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    from kabinet.accounts.models import Account

    return [_sign_in(account) for account in Account.objects.order_by("pk")[:visitors]]


def _sign_in(account: Any) -> str:
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


@dataclass(frozen=True)
class Times:
    """Medians in milliseconds: the page in both databases, the bare view in the large one."""

    small: float
    large: float
    bare: float


def _race(page: Wsgi, bare: Wsgi, visitors: list[str], small: Any) -> Times:
    """Take turns, so that all three meet the same state of the machine."""
    for visitor in visitors:
        STATEMENTS[visitor] = _recorded(page, visitor)
        with _connected(small):
            _timed(page, "/", visitor)
    taken: dict[str, list[float]] = {"small": [], "large": [], "bare": []}
    for number in range(ROUNDS):
        visitor = visitors[number % len(visitors)]
        with _connected(small):
            taken["small"].append(_timed(page, "/", visitor))
        taken["large"].append(_timed(page, "/", visitor))
        taken["bare"].append(_timed(bare, "/bare", visitor))
    return Times(**{name: statistics.median(seconds) * 1000 for name, seconds in taken.items()})


def _recorded(page: Wsgi, visitor: str) -> list[tuple[str, Any]]:
    statements: list[tuple[str, Any]] = []

    def record(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        statements.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(record):
        _timed(page, "/", visitor)
    return statements


def _timed(application: Wsgi, path: str, visitor: str) -> float:
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


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(numbers or [1_000, 100_000])))
