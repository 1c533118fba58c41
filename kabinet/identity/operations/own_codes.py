"""A code to a contact that somebody has proved: to recover (IDN-32), to sign in without a password (IDN-22, 23).

Whoever names an unknown contact meets the same pages, and only the contact's owner hears of it.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.identity import limits, messages, queries
from kabinet.identity.enums import CodePurpose, Messenger
from kabinet.identity.identifiers import Identifier
from kabinet.identity.limits import CodeLine
from kabinet.identity.messengers.offered import find_recipient
from kabinet.identity.models import OneTimeCode, User
from kabinet.identity.operations import codes
from kabinet.identity.parts import EntryPart, is_on, require_on
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import give_back, take

# What a code opens belongs to these; one that only proves who sits here belongs to none.
PARTS = {CodePurpose.RECOVERY: EntryPart.RECOVERY, CodePurpose.SIGN_IN: EntryPart.CODE}


class SmsClosed(Refused):
    message = _("СМС отсюда не отправляются. Укажите адрес почты.")


class PersonUnknown(Refused):
    def __init__(self) -> None:
        signs_up = is_on(EntryPart.REGISTRATION)
        super().__init__(
            _("С этими данными никто не зарегистрирован. Проверьте их или зарегистрируйтесь.")
            if signs_up
            else _("С этими данными никто не зарегистрирован. Проверьте их.")
        )


def ask_code(
    *,
    actor: Actor,
    purpose: CodePurpose,
    identifier: Identifier,
    at: datetime,
    device: str = "",
    messenger: Messenger | None = None,
) -> uuid.UUID:
    """Send a code to a proven contact, a note to any other. The answer is the same.

    With ``messenger`` the code goes there where the contact's person has linked it, else to the contact as usual: one
    message leaves in every case, and only its owner sees which (IDN-28).

    ``device`` is the mark that the browser brings; one by which the owner is known is counted apart from strangers.

    :raises PartOff: this deployment leaves out what the code would open.
    :raises TooManyAttempts: too many codes were asked for from this address.
    :raises SmsClosed: no SMS can be sent here.
    :raises PersonUnknown: nobody has proved this contact, and this deployment says so.
    :raises CodeTooSoon: this contact was sent a code just now.
    """
    _require_offered(purpose)
    if identifier.kind not in queries.provable_identifiers():
        raise SmsClosed
    line = take_asking(actor=actor, purpose=purpose, identifier=identifier, device=device, at=at)
    if settings.REVEAL_EXISTENCE and find_owner(identifier) is None:
        raise PersonUnknown
    return _send(line, at=at, messenger=messenger)


def take_asking(
    *, actor: Actor, purpose: CodePurpose, identifier: Identifier, device: str, at: datetime
) -> CodeLine:
    """Count that somebody asks for a code, and give the line it will stand in.

    A browser by which the owner is known is held by its own line alone, not by what its neighbours ask for.

    :raises TooManyAttempts: too many codes were asked for from this address.
    """
    known = queries.known_device(identifier=identifier, device=device)
    if not known:
        take(limits.of_address(limits.ASKED_CODE_ADDRESS, actor.address), at=at)
    return CodeLine(purpose, identifier, known)


@transaction.atomic
def ask_code_again(
    *,
    purpose: CodePurpose,
    code_id: uuid.UUID,
    identifier: Identifier,
    at: datetime,
    device: str = "",
    messenger: Messenger | None = None,
) -> uuid.UUID:
    """Send a new code by the same way; the former one stops working.

    :raises PartOff: what the code would open has been left out meanwhile.
    :raises CodeTooSoon: the pause is not over, or the hour has had its share.
    """
    _require_offered(purpose)
    known = queries.known_device(identifier=identifier, device=device)
    new = _send(CodeLine(purpose, identifier, known), at=at, messenger=messenger)
    codes.supersede(public_id=code_id, at=at)
    return new


def _require_offered(purpose: CodePurpose) -> None:
    if purpose in PARTS:
        require_on(PARTS[purpose])


@transaction.atomic
def _send(line: CodeLine, *, at: datetime, messenger: Messenger | None) -> uuid.UUID:
    purpose, identifier = line.purpose, line.identifier
    owner = find_owner(identifier)
    instead = ""
    if messenger is not None:
        instead = find_recipient(user_id=owner.pk if owner else 0, messenger=messenger)
    issued = codes.issue(line=line, at=at, is_decoy=owner is None, owner=owner)
    if owner is None:
        messages.tell_unknown(purpose=purpose, identifier=identifier, at=at)
    else:
        messages.send_code(
            purpose=purpose,
            identifier=identifier,
            code=issued.code,
            expires_at=issued.expires_at,
            at=at,
            instead=instead,
        )
    return issued.public_id


def find_owner(identifier: Identifier) -> User | None:
    person = queries.find_person(identifier)
    return person if person is not None and person.is_active else None


def confirm_code(
    *, actor: Actor, purpose: CodePurpose, code_id: uuid.UUID, code: str, at: datetime
) -> None:
    """Accept the code; what it opens may then be done for a quarter of an hour.

    :raises PartOff: what the code would open has been left out meanwhile.
    :raises TooManyAttempts: too many codes were tried from this address, or for this contact.
    :raises CodeRefused: wrong, burnt or expired.
    """
    _require_offered(purpose)
    claims = codes.claims(actor=actor, public_id=code_id, purpose=purpose)
    take(*claims, at=at)
    with transaction.atomic():
        judged = codes.judge(public_id=code_id, purpose=purpose, text=code, at=at)
    # Outside the transaction: a try that is rolled back would be a free one.
    if not isinstance(judged, OneTimeCode):
        raise judged
    give_back(*claims)


def sign_in_by_code(*, actor: Actor, code_id: uuid.UUID, code: str, at: datetime) -> int:
    """Accept the code and spend it; give the row's id of the person who may go in.

    :raises TooManyAttempts: too many codes were tried from this address.
    :raises CodeRefused: wrong, burnt, expired, or the person is shut out meanwhile.
    """
    confirm_code(actor=actor, purpose=CodePurpose.SIGN_IN, code_id=code_id, code=code, at=at)
    with transaction.atomic():
        owner = spend_confirmed(purpose=CodePurpose.SIGN_IN, code_id=code_id, at=at)
        audit.record(actor, "identity.code.sign_in", owner, at=at)
    return owner.pk


def spend_confirmed(*, purpose: CodePurpose, code_id: uuid.UUID, at: datetime) -> User:
    """Use up a confirmed code in the caller's transaction; give the person, locked.

    :raises PartOff: what the code would open has been left out meanwhile.
    :raises CodeExpired: no confirmed code stands behind this step, or the person is shut out meanwhile, or has
        another contact by now.
    """
    _require_offered(purpose)
    row = codes.lock_confirmed(public_id=code_id, purpose=purpose, at=at)
    assert row.owner_id is not None  # noqa: S101 -- decoys are never confirmed
    user = User.objects.select_for_update(of=("self",)).get(pk=row.owner_id)
    if not user.is_active or row.identifier not in (user.email, user.phone):
        raise codes.CodeExpired
    row.closed_at = at
    row.save(update_fields=["closed_at"])
    return user
