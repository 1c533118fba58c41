"""What the start refuses: connectors that do not exist, and the demo's mailbox outside the demo."""

from __future__ import annotations

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, register

from kabinet.channels.connectors.registry import CONNECTORS, chosen_key, is_available
from kabinet.channels.enums import MAILBOX, Channel


@register
def check_connectors(**_kwargs: object) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for channel in Channel:
        key = chosen_key(channel)
        if not key and channel is Channel.SMS:
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


@register(deploy=True)
def check_sms_is_open(**_kwargs: object) -> list[CheckMessage]:
    if is_available(Channel.SMS):
        return []
    hint = "Set KABINET_SMS_CONNECTOR to open sign-up by phone."
    return [Info("No SMS connector: people sign up by e-mail only.", hint=hint, id="channels.I001")]
