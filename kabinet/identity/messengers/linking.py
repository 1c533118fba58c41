"""Linking a messenger: a link with a secret, a conversation, a number that came there (IDN-28).

Whoever follows a link first, also a stranger who has photographed it, gets the number; only the person at the page can
enter it, and only one who reads that conversation knows it. So a name that is made to look like theirs links nothing.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from kabinet.identity import limits, queries
from kabinet.identity.enums import Messenger
from kabinet.identity.messengers import letters
from kabinet.identity.messengers.offered import MessengerNotOffered, offered_messengers
from kabinet.identity.messengers.updates import Deed, Heard
from kabinet.identity.models import LinkedMessenger, MessengerLinking, User
from kabinet.identity.operations.codes import close_own
from kabinet.kernel import audit
from kabinet.kernel.actors import SYSTEM, Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import Claim, TooManyAttempts, take

LIFETIME = timedelta(minutes=10)
KEPT = timedelta(days=1)
# 24 bytes are 32 signs: Telegram takes at most 64 behind «start», of letters, digits, «_» and «-».
BYTES = 24
DIGITS = 4
TRIES = 5


class LinkingOver(Refused):
    message = _("Время вышло или ссылка уже использована. Начните ещё раз.")


class NumberWrong(Refused):
    message = _("Число не подошло. Введите то, которое написал бот.")


class AlreadyLinked(Refused):
    message = _("К вашему кабинету уже привязан этот мессенджер. Сначала отвяжите его.")


class AccountLinkedElsewhere(Refused):
    message = _(
        "Этот мессенджер уже привязан к другому кабинету. Войдите в тот кабинет и отвяжите его в профиле."
    )


@dataclass(frozen=True, slots=True)
class IssuedLinking:
    """Both stay in the session of the browser that asked; ``secret`` goes into the link."""

    public_id: uuid.UUID
    secret: str


def start_linking(*, actor: Actor, messenger: Messenger, at: datetime) -> IssuedLinking:
    """Make a link for this person; the ones before stop working.

    :raises TooManyAttempts: too many links were asked for.
    :raises AlreadyLinked: one account of this messenger is linked.
    """
    user_id = queries.person_id(actor)
    take(Claim(limits.MESSENGER_LINK, str(user_id)), at=at)
    secret = secrets.token_urlsafe(BYTES)
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=user_id)
        if LinkedMessenger.objects.filter(user_id=user_id, messenger=messenger).exists():
            raise AlreadyLinked
        former = MessengerLinking.objects.filter(user_id=user_id, messenger=messenger)
        former.filter(closed_at=None).update(closed_at=at)
        row = MessengerLinking.objects.create(
            user_id=user_id,
            messenger=messenger,
            digest=_digest("link", secret),
            created_at=at,
            expires_at=at + LIFETIME,
        )
    return IssuedLinking(row.public_id, secret)


def hear(*, heard: Heard, at: datetime) -> None:
    """Do what a person's deed in the bot's conversation asks for; the same news a second time changes nothing."""
    if heard.deed is Deed.STOPPED:
        fall_silent(messenger=heard.messenger, account=heard.account, at=at)
        return
    _linked(heard.messenger, heard.account).update(silent_since=None)
    if heard.deed is not Deed.STARTED:
        return
    try:
        take(Claim(limits.MESSENGER_CHAT, f"{heard.messenger}\0{heard.account}"), at=at)
    except TooManyAttempts:
        # Nobody makes the bot write without end.
        return
    with transaction.atomic():
        _answer(heard, at=at)


def _answer(heard: Heard, *, at: datetime) -> None:
    if heard.secret:
        _meet(heard, at=at)
        return
    linked = _linked(heard.messenger, heard.account).exists()
    words = letters.linked_words() if linked else letters.greeting_words()
    letters.write(heard.messenger, heard.account, words, at=at)


def _meet(heard: Heard, *, at: datetime) -> None:
    row = (
        MessengerLinking.objects.select_for_update(of=("self",))
        .filter(digest=_digest("link", heard.secret), messenger=heard.messenger)
        .first()
    )
    if row is not None and row.account == heard.account:
        return
    if row is None or row.met_at or row.closed_at or row.expires_at <= at:
        letters.write(heard.messenger, heard.account, letters.over_words(), at=at)
        return
    number = "".join(secrets.choice("0123456789") for _digit in range(DIGITS))
    row.account, row.called, row.met_at = heard.account, heard.called, at
    row.number_digest = _digest(str(row.public_id), number)
    row.save(update_fields=["account", "called", "met_at", "number_digest"])
    words = letters.number_words(heard.messenger, number)
    letters.write(heard.messenger, heard.account, words, at=at, valid_until=row.expires_at)


def finish_linking(
    *, actor: Actor, messenger: Messenger, public_id: uuid.UUID, number: str, at: datetime
) -> None:
    """Link the account that the bot has met to the person who read the number there; their contacts are told.

    The same number a second time (a button pressed twice) changes nothing while the link stands.

    :raises LinkingOver: nobody was met in time, it was used, or the number was tried too often.
    :raises NumberWrong: the bot wrote another one.
    :raises AlreadyLinked: another window was faster.
    :raises AccountLinkedElsewhere: the account brings another cabinet's codes.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(of=("self",)).get(pk=queries.person_id(actor))
        judged = _judge(user, messenger, public_id, number, at)
        if isinstance(judged, MessengerLinking) and not _is_attached(judged):
            _attach(user, judged, at=at)
            audit.record(actor, "identity.messenger.link", user, at=at, messenger=messenger.value)
            letters.tell_linked(user=user, messenger=messenger, called=judged.called, at=at)
            letters.write(messenger, judged.account, letters.linked_words(), at=at)
    # Outside the transaction: a try that is rolled back would be a free one.
    if isinstance(judged, Refused):
        raise judged


def _judge(
    user: User, messenger: Messenger, public_id: uuid.UUID, number: str, at: datetime
) -> MessengerLinking | Refused:
    row = (
        MessengerLinking.objects.select_for_update(of=("self",))
        .filter(public_id=public_id, user=user, messenger=messenger)
        .first()
    )
    if row is None or row.met_at is None or row.expires_at <= at:
        return LinkingOver()
    typed = "".join(sign for sign in number if sign.isascii() and sign.isdigit())[:20]
    is_right = constant_time_compare(row.number_digest, _digest(str(row.public_id), typed))
    if row.closed_at:
        return row if is_right and _is_attached(row) else LinkingOver()
    row.tries += 1
    if is_right or row.tries >= TRIES:
        row.closed_at = at
    row.save(update_fields=["tries", "closed_at"])
    if is_right:
        return row
    return LinkingOver() if row.closed_at else NumberWrong()


def _is_attached(row: MessengerLinking) -> bool:
    return _linked(Messenger(row.messenger), row.account).filter(user_id=row.user_id).exists()


def _attach(user: User, row: MessengerLinking, *, at: datetime) -> None:
    """:raises AlreadyLinked, AccountLinkedElsewhere: what the two unique constraints refuse."""
    linked = LinkedMessenger(
        user=user,
        messenger=row.messenger,
        account=row.account,
        called=row.called,
        linked_at=at,
    )
    try:
        with transaction.atomic():
            linked.save(force_insert=True)
    except IntegrityError:
        own = LinkedMessenger.objects.filter(user=user, messenger=row.messenger)
        raise (AlreadyLinked if own.exists() else AccountLinkedElsewhere) from None


@transaction.atomic
def unlink_messenger(*, actor: Actor, messenger: Messenger, at: datetime) -> None:
    """Send no more codes there; the person's contacts are told. No way in is lost: codes go to the contact again.

    The telephone may be lost: a code that lies in its conversation opens nothing any more.

    :raises MessengerNotOffered: nothing is linked there.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=queries.person_id(actor))
    linked = LinkedMessenger.objects.filter(user=user, messenger=messenger).first()
    if linked is None:
        raise MessengerNotOffered
    linked.delete()
    close_own(owner=user, at=at)
    audit.record(actor, "identity.messenger.unlink", user, at=at, messenger=messenger.value)
    letters.tell_unlinked(user=user, messenger=messenger, at=at)
    if linked.silent_since is None and messenger in offered_messengers():
        letters.write(messenger, linked.account, letters.unlinked_words(), at=at)


@transaction.atomic
def fall_silent(*, messenger: Messenger, account: str, at: datetime) -> None:
    """Note that the person has stopped the bot: codes go to the contact until they start it again (NOT-12)."""
    talking = _linked(messenger, account).filter(silent_since=None)
    linked = talking.select_for_update(of=("self",)).first()
    if linked is None:
        return
    linked.silent_since = at
    linked.save(update_fields=["silent_since"])
    audit.record(SYSTEM, "identity.messenger.silent", linked.user, at=at, messenger=messenger.value)


def forget_old_linkings(*, at: datetime) -> int:
    return MessengerLinking.objects.filter(created_at__lt=at - KEPT).delete()[0]


def _linked(messenger: Messenger, account: str) -> QuerySet[LinkedMessenger]:
    return LinkedMessenger.objects.filter(messenger=messenger, account=account)


def _digest(use: str, secret: str) -> str:
    return salted_hmac(f"kabinet.messengers.{use}", secret, algorithm="sha256").hexdigest()
