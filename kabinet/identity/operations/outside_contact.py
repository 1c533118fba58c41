"""A contact for somebody whom another service has proved and of whose contacts it has proved none (IDN-07)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from kabinet.identity import limits, messages, queries
from kabinet.identity.enums import CodePurpose, IdentifierKind
from kabinet.identity.identifiers import Identifier, identify
from kabinet.identity.limits import CodeLine
from kabinet.identity.models import OneTimeCode
from kabinet.identity.newcomers import Newcomer
from kabinet.identity.operations import codes
from kabinet.identity.operations.own_codes import SmsClosed
from kabinet.identity.parts import EntryPart, require_on
from kabinet.kernel.actors import Actor
from kabinet.kernel.limits import give_back, take


def ask_newcomer_contact(*, actor: Actor, identifier: Identifier, at: datetime) -> uuid.UUID:
    """Send a code to the contact a newcomer has named, whosesoever it is: only who reads it learns more.

    :raises PartOff: nobody signs up here, or not through other services.
    :raises SmsClosed: no SMS can be sent here.
    :raises TooManyAttempts: too many codes were asked for from this address.
    :raises CodeTooSoon: this contact was sent a code just now.
    """
    _require_offered()
    if identifier.kind not in queries.provable_identifiers():
        raise SmsClosed
    take(limits.of_address(limits.ASKED_CODE_ADDRESS, actor.address), at=at)
    return _send(identifier=identifier, at=at)


@transaction.atomic
def ask_newcomer_contact_again(
    *, code_id: uuid.UUID, identifier: Identifier, at: datetime
) -> uuid.UUID:
    """Send a new code; the former one stops working.

    :raises PartOff: nobody signs up here any more.
    :raises CodeTooSoon: the pause is not over, or the hour has had its share.
    """
    _require_offered()
    new = _send(identifier=identifier, at=at)
    codes.supersede(public_id=code_id, at=at)
    return new


@transaction.atomic
def _send(*, identifier: Identifier, at: datetime) -> uuid.UUID:
    issued = codes.issue(line=CodeLine(CodePurpose.CONTACT, identifier), at=at, is_decoy=False)
    messages.send_code(
        purpose=CodePurpose.CONTACT,
        identifier=identifier,
        code=issued.code,
        expires_at=issued.expires_at,
        at=at,
    )
    return issued.public_id


def prove_newcomer_contact(
    *, actor: Actor, newcomer: Newcomer, code_id: uuid.UUID, code: str, at: datetime
) -> Newcomer:
    """Accept the code and give the newcomer with the contact it was sent to, proved like one of the service's.

    :raises PartOff: nobody signs up here any more.
    :raises TooManyAttempts: too many codes were tried from this address, or for this contact.
    :raises CodeRefused: wrong, burnt or expired.
    """
    _require_offered()
    claims = codes.claims(actor=actor, public_id=code_id, purpose=CodePurpose.CONTACT)
    take(*claims, at=at)
    with transaction.atomic():
        judged = codes.judge(public_id=code_id, purpose=CodePurpose.CONTACT, text=code, at=at)
        if isinstance(judged, OneTimeCode):
            judged.closed_at = at
            judged.save(update_fields=["closed_at"])
    # Outside the transaction: a try that is rolled back would be a free one.
    if not isinstance(judged, OneTimeCode):
        raise judged
    give_back(*claims)
    proved = identify(judged.identifier)
    if proved.kind is IdentifierKind.EMAIL:
        return replace(newcomer, email=proved.value)
    return replace(newcomer, phone=proved.value)


def _require_offered() -> None:
    require_on(EntryPart.OUTSIDE)
    require_on(EntryPart.REGISTRATION)
