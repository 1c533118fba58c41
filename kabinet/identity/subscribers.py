from __future__ import annotations

from kabinet.channels.enums import Channel
from kabinet.channels.events import ContactUnreachable
from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.operations import unreachable

KINDS = {Channel.EMAIL: IdentifierKind.EMAIL, Channel.SMS: IdentifierKind.PHONE}


def doubt_unreachable_contact(event: ContactUnreachable) -> None:
    unreachable.doubt_contact(
        identifier=Identifier(KINDS[event.channel], event.recipient), at=event.at
    )
