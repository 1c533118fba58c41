from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def site(_request: HttpRequest) -> dict[str, object]:
    """What every page's frame needs."""
    return {"site_name": settings.SITE_NAME, "is_demo": settings.DEMO}
