"""What the start refuses: connectors that do not exist, and the demo's mailbox outside the demo."""

from __future__ import annotations

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register  # noqa: A004 -- Django's own name

from kabinet.channels.connectors.registry import CONNECTORS, chosen_key, is_available
from kabinet.channels.enums import MAILBOX, Channel


@register
def check_connectors(**_kwargs: object) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for channel in Channel:
        key = chosen_key(channel)
        if not key and channel is not Channel.EMAIL:
            continue
        if key not in CONNECTORS[channel]:
            known = ", ".join(CONNECTORS[channel])
            found.append(
                Error(
                    f"There is no {channel.value} connector {key!r}; known: {known}.",
                    id="channels.E001",
                )
            )
        elif key == MAILBOX and not settings.DEMO:
            found.append(
                Error(
                    f"The mailbox connector keeps codes readable: no {channel.value} "
                    "through it outside the demo.",
                    id="channels.E002",
                )
            )
    return found


@register
def check_sms_gateway_lets_us_in(**_kwargs: object) -> list[CheckMessage]:
    keys = {
        "smsc": settings.SMSC_API_KEY or (settings.SMSC_LOGIN and settings.SMSC_PASSWORD),
        "smsaero": settings.SMSAERO_EMAIL and settings.SMSAERO_API_KEY,
    }
    if keys.get(settings.SMS_CONNECTOR, True):
        return []
    return [
        Error(
            f"The SMS connector {settings.SMS_CONNECTOR!r} has no credentials.",
            hint="Set KABINET_SMSC_LOGIN and _PASSWORD (or _API_KEY), or KABINET_SMSAERO_EMAIL and _API_KEY.",
            id="channels.E003",
        )
    ]


@register
def check_the_mailbox_of_returns_lets_us_in(**_kwargs: object) -> list[CheckMessage]:
    if not settings.RETURNS_HOST or (settings.RETURNS_USER and settings.RETURNS_PASSWORD):
        return []
    return [
        Error(
            "The mailbox of returned letters has no credentials.",
            hint="Set KABINET_RETURNS_USER and KABINET_RETURNS_PASSWORD.",
            id="channels.E004",
        )
    ]


@register(deploy=True)
def check_sms_go_encrypted(**_kwargs: object) -> list[CheckMessage]:
    """The gateway's address and key travel with every code."""
    address = {"smsc": settings.SMSC_URL, "smsaero": settings.SMSAERO_URL}.get(
        settings.SMS_CONNECTOR, "https:"
    )
    if address.startswith("https:") or settings.DEMO:
        return []
    return [Warning(f"SMS leave unencrypted, to {address}.", id="channels.W001")]


@register(deploy=True)
def check_sms_is_open(**_kwargs: object) -> list[CheckMessage]:
    if is_available(Channel.SMS):
        return []
    hint = "Set KABINET_SMS_CONNECTOR to open sign-up by phone."
    return [Info("No SMS connector: people sign up by e-mail only.", hint=hint, id="channels.I001")]
