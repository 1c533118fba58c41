"""Browser tests: a live server on a port of its own, a real Chromium, and faults that no test has to look for.

``open_page(width=390, theme="dark", javascript=False)`` gives a watched page: a console error, a script error or a
breach of the Content-Security-Policy fails the test at its end. ``page_1280``, ``page_390`` and ``page_each`` (both
widths, one after the other) are such pages; ``sign_in(page, user)`` sets the session cookie.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from sandbox.bank.process import RunningBank, running_bank
from tests.e2e.bank_pages import SECRET, SHOPS
from tests.web.entry import prove_now

# Playwright keeps an event loop in the test's thread; Django would refuse the database there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

HEIGHT = {1280: 900, 390: 844, 320: 640}
OpenPage = Callable[..., Page]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the browser tests, and let the long ones come before the others.

    Processes that share the work take it from each other's ends: there must be short tests, or one waits for the other.
    """
    here = Path(__file__).parent
    ours = [item for item in items if here in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.e2e)
    long = [item for item in ours if item.get_closest_marker("slow")]
    if long:
        first = min(map(items.index, ours))
        rest = [item for item in items[first:] if item not in long]
        items[first:] = [*long, *rest]


def _own_chromium() -> str | None:
    """As ``tools/chromium`` finds it, but nothing is installed."""
    named = os.environ.get("CHROMIUM")
    found = map(shutil.which, [named] if named else ["chromium-headless-shell", "chromium"])
    return next(filter(None, found), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "args": ["--no-sandbox", "--disable-dev-shm-usage"],
        **({"executable_path": path} if (path := _own_chromium()) else {}),
    }


@pytest.fixture(scope="session", autouse=True)
def _needs_chromium(playwright: Any) -> None:
    """Skip where a person has no browser; never in continuous integration."""
    if _own_chromium() or Path(playwright.chromium.executable_path).exists():
        return
    message = "no Chromium: set CHROMIUM or run `playwright install chromium`"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session", autouse=True)
def _nobody_stays_connected(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Threads of the live server outlive it by a moment; their connections would keep the test database alive.

    So would this thread's own: Django keeps one for Playwright's event loop apart from the one that drops the database.
    """
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    connection.close()


def _watch(page: Page, faults: list[str]) -> None:
    def on_console(message: ConsoleMessage) -> None:
        # The browser reports the status of a refused page itself; the test asserts on that where it matters.
        of_the_page = message.location.get("url") == page.url
        if message.type == "error" and not of_the_page:
            faults.append(f"{page.url}: {message.text} ({message.location.get('url')})")
        elif "Content Security Policy" in message.text:
            faults.append(f"{page.url}: {message.text}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))


@pytest.fixture
def open_page(live_server: Any, browser: Browser) -> Iterator[OpenPage]:
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def opened(
        *, width: int = 1280, theme: str = "light", javascript: bool = True, **options: Any
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": HEIGHT.get(width, 800)},
            color_scheme=theme,
            java_script_enabled=javascript,
            locale="ru-RU",
            timezone_id="Europe/Moscow",
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        _watch(page, faults)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def page_1280(open_page: OpenPage) -> Page:
    return open_page(width=1280)


@pytest.fixture
def page_390(open_page: OpenPage) -> Page:
    return open_page(width=390)


@pytest.fixture(params=[1280, 390])
def page_each(request: pytest.FixtureRequest, open_page: OpenPage) -> Page:
    return open_page(width=request.param)


@pytest.fixture(scope="session")
def _running_bank() -> Iterator[RunningBank]:
    with running_bank([f"--shop={shop}:{SECRET}" for shop in SHOPS]) as bank:
        yield bank


@pytest.fixture
def sandbox_bank(_running_bank: RunningBank, live_server: Any, settings: Any) -> RunningBank:
    """The stand-in bank with empty books; it leads its payers back to the live server and sends no notices."""
    _running_bank.post("/reset")
    settings.YOOKASSA_URL, settings.SITE_URL = _running_bank.api_url, live_server.url
    return _running_bank


@pytest.fixture
def sign_in(live_server: Any) -> Callable[[Page, Any], None]:
    """Give the page a session of the user's, without walking through the sign-in form."""

    def signed_in(page: Page, user: Any) -> None:
        client = Client()
        client.force_login(user)
        prove_now(client, user)
        name = django_settings.SESSION_COOKIE_NAME
        page.context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
        )

    return signed_in
