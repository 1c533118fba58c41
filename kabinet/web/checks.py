from __future__ import annotations

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004 -- Django's own name


@register(Tags.security, deploy=True)
def check_proxy_is_known(**_kwargs: object) -> list[CheckMessage]:
    """Kabinet does not end TLS itself: without word of a proxy it sends every request to https, for ever."""
    if not settings.SECURE_SSL_REDIRECT or settings.BEHIND_PROXY:
        return []
    return [
        Warning(
            "KABINET_URL is https, but KABINET_BEHIND_PROXY is off: every page will redirect to itself.",
            hint="Set KABINET_BEHIND_PROXY=on behind the proxy that ends TLS.",
            id="web.W001",
        )
    ]
