"""The home page, warm, one worker: against a bare view with the same SQL, and at 100,000 accounts against 1,000.

``python -m benchmarks.home_page [FEW] [MANY]`` calls the WSGI application in this process, in a database of its own.
"""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

from benchmarks import site
from benchmarks.site import Wsgi, connected, timed

ROUNDS = 600
AT_MOST_BARE = 2.5
AT_MOST_GROWTH = 1.2
STATEMENTS: dict[str, list[tuple[str, Any]]] = {}


def main(few: int, many: int) -> int:
    return site.measure_in_own_database(lambda folder: _measure(folder, few, many))


def _measure(folder: str, few: int, many: int) -> int:
    page, bare = _applications(folder)
    values = _provider()
    site.fill({**values, "first": 1, "last": few})
    visitors = _visitors()
    with site.copy_of_database() as small:
        site.fill({**values, "first": few + 1, "last": many})
        times = _race(page, bare, visitors, small)
    print(f"home page, {few:,} accounts: {times.small:.2f} ms")
    print(
        f"home page, {many:,} accounts: {times.large:.2f} ms; the same SQL bare: {times.bare:.2f} ms"
    )
    against_bare, growth = times.large / times.bare, times.large / times.small
    print(f"home page / bare view: {against_bare:.2f} (target: at most {AT_MOST_BARE})")
    print(f"{many:,} / {few:,} accounts: {growth:.2f} (target: at most {AT_MOST_GROWTH})")
    return 0 if against_bare <= AT_MOST_BARE and growth <= AT_MOST_GROWTH else 1


def _applications(folder: str) -> tuple[Wsgi, Wsgi]:
    """The whole site, and Django with no middleware for the bare view."""
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.test.utils import override_settings
    from django.urls import include, path

    settings.ROOT_URLCONF = (path("bare", _run_bare), path("", include("kabinet.config.urls")))
    with override_settings(MIDDLEWARE=[]):
        bare = WSGIHandler()
    return site.serve(folder), bare


def _run_bare(request: HttpRequest) -> HttpResponse:
    """Run what the page ran for this visitor and answer with a fixed string."""
    with connection.cursor() as cursor:
        for sql, parameters in STATEMENTS[request.COOKIES["sessionid"]]:
            cursor.execute(sql, parameters)
            cursor.fetchall()
    return HttpResponse("К оплате 1 243,56 ₽")


def _provider() -> dict[str, int]:
    from tests.factories import ProviderFactory, ServiceFactory, TariffFactory

    provider = ProviderFactory(code="bench", policy__max_data_age_hours=1000)
    service = ServiceFactory(provider=provider)
    TariffFactory(service=service)
    ServiceFactory(provider=provider, name="Техническое обслуживание")
    return {"provider": provider.pk, "service": service.pk}


def _visitors() -> list[str]:
    """The sessions of people who have some of the accounts."""
    from kabinet.accounts.models import Account

    accounts = Account.objects.order_by("pk")[: site.VISITORS]
    return [site.sign_in(account) for account in accounts]


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
        with connected(small):
            timed(page, "/", visitor)
    taken: dict[str, list[float]] = {"small": [], "large": [], "bare": []}
    for number in range(ROUNDS):
        visitor = visitors[number % len(visitors)]
        with connected(small):
            taken["small"].append(timed(page, "/", visitor))
        taken["large"].append(timed(page, "/", visitor))
        taken["bare"].append(timed(bare, "/bare", visitor))
    return Times(**{name: statistics.median(seconds) * 1000 for name, seconds in taken.items()})


def _recorded(page: Wsgi, visitor: str) -> list[tuple[str, Any]]:
    statements: list[tuple[str, Any]] = []

    def record(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        statements.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(record):
        timed(page, "/", visitor)
    return statements


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(numbers or [1_000, 100_000])))
