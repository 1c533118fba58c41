"""Signing in and signing up: per second on two cores, what of it is the password's hash, and how it grows with people.

``python -m benchmarks.sign_in [FEW] [MANY] [ROUNDS]`` calls the WSGI application in two processes, in a database of its
own. A sign-in is the form with contact and password up to the new session; a sign-up is the form, the code and the
person made.
"""

from __future__ import annotations

import io
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from http.cookies import SimpleCookie
from multiprocessing import get_context
from typing import Any
from urllib.parse import urlencode

from benchmarks import site
from benchmarks.site import Wsgi, connected

ROUNDS = 200
AT_MOST_GROWTH = 1.2
PROCESSES = 2
PASSWORD = "соловей поёт в саду"  # noqa: S105 -- of people who exist only here

FILL = """
INSERT INTO identity_user (password, is_superuser, public_id, email, phone, phone_verified, surname, name, patronymic,
    is_staff, is_active, date_joined, shows_hints, onboarding, must_change_password)
SELECT %(password)s, false, gen_random_uuid(), 'person' || n || '@example.ru', '+7900' || lpad(n::text, 7, '0'), true,
    '', '', '', false, true, now(), true, 'done', false
FROM generate_series(%(first)s::int, %(last)s::int) n;

INSERT INTO account_emailaddress (user_id, email, verified, "primary")
SELECT person.id, person.email, true, true FROM identity_user person
LEFT JOIN account_emailaddress address ON address.user_id = person.id WHERE address.id IS NULL AND person.email <> '';
"""


def main(few: int, many: int, rounds: int) -> int:
    return site.measure_in_own_database(lambda folder: _measure(folder, few, many, rounds))


def _measure(folder: str, few: int, many: int, rounds: int) -> int:
    application = _application(folder)
    _fill(1, few)
    hashing = _hashing()
    with site.copy_of_database() as small:
        _fill(few + 1, many)
        large = _median(lambda n: _sign_in(application, n), rounds)
        with connected(small):
            few_cost = _median(lambda n: _sign_in(application, n), rounds)
    growth = large / few_cost
    print(f"argon2id: {hashing * 1000:.0f} ms; a sign-in: {large * 1000:.0f} ms")
    print(f"{many:,} / {few:,} people: a sign-in {growth:.2f} (≤ {AT_MOST_GROWTH})")
    for name, visit in (("sign-ins", _sign_in), ("sign-ups", _sign_up)):
        print(f"{_per_second(visit, rounds):.0f} {name} a second by {PROCESSES} processes")
    return 0 if growth <= AT_MOST_GROWTH else 1


def _application(folder: str) -> Wsgi:
    from django.conf import settings

    settings.CAPTCHA = "off"
    settings.SMS_CONNECTOR = settings.EMAIL_CONNECTOR = "mailbox"
    return site.serve(folder)


def _fill(first: int, last: int) -> None:
    from django.contrib.auth.hashers import make_password
    from django.db import connection, transaction

    values = {"first": first, "last": last, "password": make_password(PASSWORD)}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FILL, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _hashing() -> float:
    from django.contrib.auth.hashers import make_password

    return _median(lambda _n: make_password(PASSWORD), 20)


def _median(visit: Callable[[int], object], rounds: int) -> float:
    times = []
    for n in range(1, rounds + 1):
        started = time.perf_counter()
        visit(n)
        times.append(time.perf_counter() - started)
    return statistics.median(times[rounds // 10 :])


class Browser:
    """Keeps cookies and sends forms; every one comes from an address of its own, so that no limit stops it."""

    def __init__(self, application: Wsgi, number: int) -> None:
        self.application = application
        self.address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> str:
        return self._ask("GET", path, b"", "200 OK")

    def post(self, path: str, data: Mapping[str, str]) -> str:
        sent = {**data, "csrfmiddlewaretoken": self.cookies["csrftoken"]}
        return self._ask("POST", path, urlencode(sent).encode(), "302 Found")

    def _ask(self, method: str, path: str, body: bytes, wanted: str) -> str:
        answers: list[tuple[str, list[tuple[str, str]]]] = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.address,
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
        }
        response = self.application(
            environ, lambda status, headers: answers.append((status, headers))
        )
        page = b"".join(response).decode()
        response.close()  # type: ignore[attr-defined]
        status, headers = answers[0]
        assert status == wanted, (method, path, status, page[:2000])
        for name, value in headers:
            if name == "Set-Cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies[key] = morsel.value
        return page


def _sign_in(application: Wsgi, number: int) -> None:
    browser = Browser(application, number)
    browser.get("/login/")
    browser.post("/login/", {"login": f"person{number}@example.ru", "password": PASSWORD})


def _sign_up(application: Wsgi, number: int) -> None:
    from kabinet.channels.models import Delivery
    from kabinet.identity.queries import required_documents

    browser = Browser(application, number)
    browser.get("/signup/")
    email = f"new{os.getpid()}-{number}@example.ru"
    ticks = {f"{row.slug}-{row.version}": "on" for row in required_documents()}
    browser.post("/signup/", {"identifier": email, "password": PASSWORD, **ticks})
    letter = Delivery.objects.get(recipient=email).text
    found = re.search(r"\b\d{6}\b", letter)
    assert found is not None, letter
    browser.post("/signup/code/", {"code": found[0]})


def _per_second(visit: Callable[[Wsgi, int], None], rounds: int) -> float:
    """Let several processes do their share at once; gives how many came through a second."""
    from django.db import connections

    name = connections["default"].settings_dict["NAME"]
    connections.close_all()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        ready = [pool.submit(_warm, name) for _process in range(PROCESSES)]
        for one in ready:
            one.result()
        started = time.perf_counter()
        shares = [pool.submit(_share, visit.__name__, share, rounds) for share in range(PROCESSES)]
        done = sum(share.result() for share in shares)
        return done / (time.perf_counter() - started)


_STATE: dict[str, Any] = {}


def _warm(database: str) -> None:
    if "application" in _STATE:
        return
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    _STATE["folder"] = tempfile.TemporaryDirectory()
    _STATE["application"] = _application(_STATE["folder"].name)
    _sign_in(_STATE["application"], 1)
    time.sleep(0.5)  # The other process must come to its own warming up.


def _share(visit: str, share: int, rounds: int) -> int:
    numbers = range(1 + share * rounds, 1 + (share + 1) * rounds)
    for number in numbers:
        {"_sign_in": _sign_in, "_sign_up": _sign_up}[visit](_STATE["application"], number)
    return rounds


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(sizes + [1_000, 100_000, ROUNDS][len(sizes) :])))
