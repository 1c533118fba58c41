"""Numbers that an address asks for; what makes no sense there is not an error but asks for nothing."""

from __future__ import annotations

from django.http import HttpRequest


def whole_number(text: str | None, *, digits: int = 6) -> int | None:
    """None for everything but a plain number of at most so many digits."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > digits:
        return None
    return int(text)


def page_number(request: HttpRequest) -> int:
    """The page of a list, from 1; an address that was typed by hand and makes no sense opens the first."""
    return max(whole_number(request.GET.get("page")) or 1, 1)
