"""Real-looking content for the gallery page, so that components are judged as people will meet them."""

from __future__ import annotations


def content() -> dict[str, object]:
    return {}
