"""Whether the listed services are configured: found at start, not by the first person who presses the button."""

from __future__ import annotations

from django.conf import settings
from django.core.checks import (
    CheckMessage,
    Error,
    Tags,
    Warning,  # noqa: A004 -- Django's own name
    register,
)


@register(Tags.security)
def check_networks(**_kwargs: object) -> list[CheckMessage]:
    """Refuse a service that is shown but unknown to its owner; silent where none is wanted."""
    identifiers = {"vk": settings.VK_ID, "yandex": settings.YANDEX_ID}
    return [
        Error(
            f"KABINET_SOCIAL names {name!r} and KABINET_{name.upper()}_ID is not set: its button would lead nowhere.",
            hint="Set the application's number, or leave the service out of KABINET_SOCIAL.",
            id="networks.E001",
        )
        for name in settings.SOCIAL
        if not identifiers[name]
    ]


@register(Tags.security, deploy=True)
def check_addresses(**_kwargs: object) -> list[CheckMessage]:
    """Warn where markers and names would come by an open line; the demo's stand-in is on the same machine."""
    addresses = {
        "vk": {"KABINET_VK_URL": settings.VK_URL},
        "yandex": {
            "KABINET_YANDEX_URL": settings.YANDEX_URL,
            "KABINET_YANDEX_INFO_URL": settings.YANDEX_INFO_URL,
        },
    }
    return [
        Warning(
            f"{variable} is not https: fit for a sandbox on the same machine only.",
            id="networks.W001",
        )
        for name in settings.SOCIAL
        for variable, address in addresses[name].items()
        if not address.startswith("https://")
    ]
