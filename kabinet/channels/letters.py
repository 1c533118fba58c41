"""Letters are rendered from a pair of templates: ``<name>.html`` and its plain twin ``<name>.txt``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    html: str


Writer = Callable[[int], Letter]
_writers: dict[str, Writer] = {}


def register_writer(name: str, writer: Writer) -> None:
    """Called once, when the app above is ready; ``writer`` gets the id of what the letter is about."""
    _writers[name] = writer


def write(name: str, about: int) -> Letter:
    return _writers[name](about)


def site_link(view_name: str, **arguments: object) -> str:
    """Give the full address of a page. The host is the setting's, never the request's."""
    return settings.SITE_URL.rstrip("/") + reverse(view_name, kwargs=arguments or None)


def render_letter(template: str, *, subject: str, context: Mapping[str, object]) -> Letter:
    """Render both forms of a letter; they see the subject and the site besides the context."""
    shared = {
        **context,
        "subject": subject,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL.rstrip("/"),
    }
    return Letter(
        subject=subject,
        text=render_to_string(f"{template}.txt", shared).strip() + "\n",
        html=render_to_string(f"{template}.html", shared),
    )
