"""Whether the listed services are configured: found at start, not by the first person who presses the button."""

from __future__ import annotations

from collections.abc import Iterator

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
    return list(_wrong())


def _wrong() -> Iterator[CheckMessage]:
    addresses = {
        "vk": {"KABINET_VK_URL": settings.VK_URL},
        "yandex": {
            "KABINET_YANDEX_URL": settings.YANDEX_URL,
            "KABINET_YANDEX_INFO_URL": settings.YANDEX_INFO_URL,
        },
    }
    identifiers = {"vk": settings.VK_ID, "yandex": settings.YANDEX_ID}
    for name in settings.SOCIAL:
        if not identifiers[name]:
            yield Error(
                f"KABINET_SOCIAL names {name!r} and KABINET_{name.upper()}_ID is not set: its button would lead nowhere.",
                hint="Set the application's number, or leave the service out of KABINET_SOCIAL.",
                id="networks.E001",
            )
        for variable, address in addresses[name].items():
            if not address.startswith("https://"):
                yield Warning(
                    f"{variable} is not https: fit for a sandbox on the same machine only.",
                    id="networks.W001",
                )
