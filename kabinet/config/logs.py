"""What the processes say to stderr; Django by itself keeps an error of production to itself."""

from __future__ import annotations

from typing import Any

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Its own handlers write only in debug mode, or letters to nobody.
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # A 404 or a 409 is an answer, not news.
        "django.request": {"level": "ERROR"},
    },
}
