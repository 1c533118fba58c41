from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from kabinet.ui.look import Look


def site(request: HttpRequest) -> dict[str, object]:
    """What every page's frame needs."""
    return {
        "site_name": settings.SITE_NAME,
        "is_demo": settings.DEMO,
        "look": Look.of(request),
        "support_phone": settings.SUPPORT_PHONE,
        "support_email": settings.SUPPORT_EMAIL,
    }
