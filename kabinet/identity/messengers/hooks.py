"""Telling messengers where to bring their bots' news."""

from __future__ import annotations

from kabinet.channels.connectors.registering import BringsNews
from kabinet.channels.connectors.registry import connector_for
from kabinet.channels.enums import Channel
from kabinet.channels.letters import site_link
from kabinet.identity.enums import Messenger


def register_hook(messenger: Messenger) -> str:
    """Register our address with the messenger and give it; harmless when it is registered already.

    :raises NotSent: no answer.
    :raises NotRegistered: it was not accepted.
    """
    address = site_link("messenger-news", name=messenger.value)
    connector = connector_for(Channel(messenger.value))
    assert isinstance(connector, BringsNews)  # noqa: S101 -- every messenger's connector does
    connector.register(address)
    return address
