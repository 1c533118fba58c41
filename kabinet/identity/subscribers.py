from __future__ import annotations

from kabinet.channels.enums import MESSENGERS, Channel
from kabinet.channels.events import ContactUnreachable
from kabinet.identity.enums import IdentifierKind, Messenger
from kabinet.identity.identifiers import Identifier
from kabinet.identity.messengers import linking
from kabinet.identity.operations import unreachable

KINDS = {Channel.EMAIL: IdentifierKind.EMAIL, Channel.SMS: IdentifierKind.PHONE}


def doubt_unreachable_contact(event: ContactUnreachable) -> None:
    if event.channel in MESSENGERS:
        messenger = Messenger(event.channel.value)
        account = event.recipient.partition(":")[2]
        linking.fall_silent(messenger=messenger, account=account, at=event.at)
        return
    unreachable.doubt_contact(
        identifier=Identifier(KINDS[event.channel], event.recipient), at=event.at
    )
