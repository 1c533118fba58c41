from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kabinet.channels.connectors.base import Connector
from kabinet.channels.connectors.mailbox import Mailbox
from kabinet.channels.connectors.smsaero import SmsAero
from kabinet.channels.connectors.smsc import Smsc
from kabinet.channels.connectors.smtp import Smtp
from kabinet.channels.enums import Channel

CONNECTORS: Mapping[Channel, Mapping[str, Connector]] = {
    Channel.EMAIL: {"smtp": Smtp(), "mailbox": Mailbox()},
    Channel.SMS: {"smsc": Smsc(), "smsaero": SmsAero(), "mailbox": Mailbox()},
}


def chosen_key(channel: Channel) -> str:
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
