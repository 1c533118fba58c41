"""Codes as pictures of the page."""

from __future__ import annotations

from collections.abc import Sequence


def code_path(rows: Sequence[str]) -> str:
    """The dark modules of a QR code as one SVG path, a unit each."""
    return "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, module in enumerate(row)
        if module == "1"
    )
