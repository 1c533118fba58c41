"""Two addresses for whoever watches the installation: is it alive, and can it serve."""

from __future__ import annotations

from collections.abc import Callable

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

GetResponse = Callable[[HttpRequest], HttpResponse]


class Probes:
    """Answers before everything else.

    A balancer asks by address and without TLS, and it asks most of all when the database is gone: neither the check
    of host names, nor the redirect to https, nor a session may stand in its way.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = PROBES.get(request.path, self.get_response)
        return answer(request)


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers; says nothing of the database."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """The database answers, its migrations are applied, and the queue's tables are there."""
    checks = readiness()
    ready = all(checks.values())
    # Told beside the checks and not among them: whoever is signed up already must still be served.
    told = {"sign_up": sign_up_state()} if ready else {}
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", **checks, **told}, status=200 if ready else 503
    )


PROBES = {"/healthz": healthz, "/readyz": readyz}


def sign_up_state() -> str:
    """Say «open», or «no consent text» when nobody can sign up until one is published (IDN-19)."""
    from kabinet.identity.queries import is_sign_up_lawful

    return "open" if is_sign_up_lawful() else "no consent text"


def readiness() -> dict[str, bool]:
    """Say which of the things that Kabinet stands on are there."""
    checks = {"database": False, "migrations": False, "queue": False}
    try:
        executor = MigrationExecutor(connection)
        checks["database"] = True
        checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")
            checks["queue"] = cursor.fetchone() == (True,)
    except Error:
        # The answer itself is the report: which check is false says what is wrong.
        connection.close()
    return checks
