"""What was sent, read from the queue of deliveries."""

from __future__ import annotations

import re

from kabinet.channels.models import Delivery


def texts(recipient):
    rows = Delivery.objects.filter(recipient=recipient).order_by("pk")
    return [row.text for row in rows]


def last_code(recipient):
    """The code of the newest message, or nothing when it holds none."""
    # A link's secret may hold six digits by chance.
    words = re.sub(r"https?://\S+", "", texts(recipient)[-1])
    found = re.search(r"(?<!\d)\d{6}(?!\d)", words)
    return found[0] if found else ""


def other_code(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"
