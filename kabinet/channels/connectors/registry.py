from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kabinet.channels.connectors.base import Connector
from kabinet.channels.connectors.mailbox import Mailbox
from kabinet.channels.connectors.max import Max
from kabinet.channels.connectors.smsaero import SmsAero
from kabinet.channels.connectors.smsc import Smsc
from kabinet.channels.connectors.smtp import Smtp
from kabinet.channels.connectors.telegram import Telegram
from kabinet.channels.enums import MESSENGERS, Channel

CONNECTORS: Mapping[Channel, Mapping[str, Connector]] = {
    Channel.EMAIL: {"smtp": Smtp(), "mailbox": Mailbox()},
    Channel.SMS: {"smsc": Smsc(), "smsaero": SmsAero(), "mailbox": Mailbox()},
    Channel.TELEGRAM: {"telegram": Telegram()},
    Channel.MAX: {"max": Max()},
}


def chosen_key(channel: Channel) -> str:
    """Give the connector's name, or nothing where this deployment has none for such messages."""
    if channel in MESSENGERS:
        return channel.value if channel.value in settings.MESSENGERS else ""
    keys = {Channel.EMAIL: settings.EMAIL_CONNECTOR, Channel.SMS: settings.SMS_CONNECTOR}
    return str(keys[channel])


def is_available(channel: Channel) -> bool:
    """Tell whether this deployment can send such messages at all."""
    return chosen_key(channel) in CONNECTORS[channel]


def connector_for(channel: Channel) -> Connector:
    """:raises ImproperlyConfigured: the settings name no known connector."""
    key = chosen_key(channel)
    try:
        return CONNECTORS[channel][key]
    except KeyError:
        raise ImproperlyConfigured(f"no {channel.value} connector is called {key!r}") from None
