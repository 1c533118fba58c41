"""Which messengers this installation has bots in, where those are found, and what a person has linked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.utils.http import urlencode

from kabinet.channels.connectors.bots import messenger_recipient
from kabinet.channels.enums import Channel
from kabinet.identity.enums import Messenger
from kabinet.identity.models import LinkedMessenger, MessengerLinking
from kabinet.identity.parts import EntryPart, is_on
from kabinet.identity.queries import person_id
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible


class MessengerNotOffered(NotVisible):
    pass


class LinkingState(StrEnum):
    WAITING = "waiting"
    MET = "met"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class MessengerRow:
    """A messenger on the profile page; ``linked_at`` is empty where it is offered and not linked.

    ``is_offered``: it brings codes here. What is linked stays the person's to take away when the deployer ends that.
    """

    messenger: Messenger
    called: str = ""
    linked_at: datetime | None = None
    is_silent: bool = False
    is_offered: bool = True

    @property
    def address(self) -> str:
        """Where the bot is found again by somebody who has stopped it."""
        return bot_link(self.messenger)


@dataclass(frozen=True, slots=True)
class LinkingRow:
    """How far an attempt to link has come; ``called`` is whom the bot has met."""

    state: LinkingState
    called: str = ""
    expires_at: datetime | None = None


def offered_messengers() -> Sequence[Messenger]:
    """Give those that could bring a code, where a code lets anybody in (IDN-01, 28)."""
    if not is_on(EntryPart.CODE):
        return []
    return [row for row in Messenger if row.value in settings.MESSENGERS]


def require_offered(name: str) -> Messenger:
    """:raises MessengerNotOffered: this installation has no bot there."""
    found = next((row for row in offered_messengers() if row.value == name), None)
    if found is None:
        raise MessengerNotOffered
    return found


def bot_link(messenger: Messenger, secret: str = "") -> str:
    """Give the address that opens the bot's conversation, with the secret of a linking behind its «Start»."""
    base, bot = {
        Messenger.TELEGRAM: (settings.TELEGRAM_LINK, settings.TELEGRAM_BOT),
        Messenger.MAX: (settings.MAX_LINK, settings.MAX_BOT),
    }[messenger]
    address = f"{base.rstrip('/')}/{bot}"
    return f"{address}?{urlencode({'start': secret})}" if secret else address


def recipient_of(messenger: Messenger, account: str) -> str:
    return messenger_recipient(Channel(messenger.value), account)


def get_messengers(*, actor: Actor, has_linked: bool) -> Sequence[MessengerRow]:
    """Give what can bring the person's codes besides, and what is linked though it brings none any more (IDN-28).

    ``has_linked`` as the person's profile says; where nothing is linked nothing is asked for.
    """
    offered = offered_messengers()
    own = LinkedMessenger.objects.filter(user_id=person_id(actor))
    linked = {row.messenger: _to_row(row, offered) for row in own} if has_linked else {}
    return [
        linked.get(messenger, MessengerRow(messenger))
        for messenger in Messenger
        if messenger in offered or messenger in linked
    ]


def _to_row(row: LinkedMessenger, offered: Sequence[Messenger]) -> MessengerRow:
    messenger = Messenger(row.messenger)
    is_silent = row.silent_since is not None
    return MessengerRow(messenger, row.called, row.linked_at, is_silent, messenger in offered)


def is_linked(*, actor: Actor, messenger: Messenger) -> bool:
    own = LinkedMessenger.objects.filter(user_id=person_id(actor), messenger=messenger)
    return own.exists()


def find_recipient(*, user_id: int, messenger: Messenger) -> str:
    """Give where a person's codes go in this messenger; nothing where none is linked or the bot was stopped.

    ``user_id`` 0 is nobody: asked all the same, so that a stranger's answer takes as long.
    """
    own = LinkedMessenger.objects.filter(user_id=user_id, messenger=messenger, silent_since=None)
    account = own.values_list("account", flat=True).first()
    return "" if account is None else recipient_of(messenger, account)


def get_recipients(user_id: int) -> frozenset[str]:
    """Give everything that a person's messages in messengers are filed under."""
    rows = LinkedMessenger.objects.filter(user_id=user_id).values_list("messenger", "account")
    return frozenset(recipient_of(Messenger(name), account) for name, account in rows)


def get_linking(
    *, actor: Actor, messenger: Messenger, public_id: uuid.UUID | None, at: datetime
) -> LinkingRow:
    """Give how far the attempt has come that this browser's session holds; over where it holds none."""
    own = MessengerLinking.objects.filter(user_id=person_id(actor), messenger=messenger)
    row = own.filter(public_id=public_id, closed_at=None).first() if public_id else None
    if row is None or row.expires_at <= at:
        return LinkingRow(LinkingState.OVER)
    state = LinkingState.WAITING if row.met_at is None else LinkingState.MET
    return LinkingRow(state, row.called, row.expires_at)
