"""Addresses that banks tell and that become links on people's pages."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 500


def is_page(address: str) -> bool:
    """Say whether it is a whole https address that fits into its column; whatever else it is, nothing is raised."""
    if len(address) > LONGEST or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
