"""Tabler's outlines of the icons in use, drawn into the page itself: no request, no flicker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe

_DRAWN: Mapping[str, str] = json.loads(
    Path(__file__).with_name("icons.json").read_text(encoding="utf-8")
)


def _svg(inside: str) -> SafeString:
    # The insides come from our own file, written by tools/vendor.py.
    return mark_safe(  # noqa: S308
        f'<svg class="ico" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{inside}</svg>'
    )


ICONS: Mapping[str, SafeString] = {name: _svg(inside) for name, inside in _DRAWN.items()}
