"""How a browser is known again: a long-lived random cookie, of which only a keyed hash is kept (IDN-37)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

COOKIE = "kabinet_device"
LIFETIME = timedelta(days=400)
BYTES = 32
FORM = re.compile(r"[A-Za-z0-9_-]{43}")

# The first that fits is it: everybody pretends to be somebody else further back in the line.
BROWSERS: Sequence[tuple[str, str]] = (
    ("YaBrowser/", "Яндекс Браузер"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("OPR/", "Opera"),
    ("Edg", "Microsoft Edge"),
    ("MiuiBrowser/", "Mi Browser"),
    ("UCBrowser/", "UC Browser"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS: Sequence[tuple[str, str]] = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def mark(request: HttpRequest, response: HttpResponse) -> str:
    """Give the digest of the browser's mark; a browser without one gets it with the answer."""
    known = request.COOKIES.get(COOKIE, "")
    token = known if FORM.fullmatch(known) else secrets.token_urlsafe(BYTES)
    response.set_cookie(
        COOKIE,
        token,
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return digest(token)


def known_mark(request: HttpRequest) -> str:
    """Give the digest of the mark that the browser brings along; nothing when it has none."""
    token = request.COOKIES.get(COOKIE, "")
    return digest(token) if FORM.fullmatch(token) else ""


def digest(token: str) -> str:
    return salted_hmac("kabinet.device", token, algorithm="sha256").hexdigest()


def browser_words(user_agent: str) -> str:
    """Name a browser and its system for reading: ``Chrome, Windows``."""
    found = [
        next((name for sign, name in signs if sign in user_agent), "")
        for signs in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(name for name in found if name) or _("Неизвестный браузер")
