"""Recovery in manual C's order (IDN-32): the code first, then the new password, then signed in."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.identity import limits, messages, queries
from kabinet.identity.enums import CodePurpose
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import OneTimeCode, User
from kabinet.identity.operations import codes
from kabinet.identity.operations.people import set_password
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import give_back, take


class SmsClosed(Refused):
    message = _("СМС отсюда не отправляются. Укажите адрес почты.")


class PersonUnknown(Refused):
    message = _("С этими данными никто не зарегистрирован. Проверьте их или зарегистрируйтесь.")


def start_recovery(*, actor: Actor, identifier: Identifier, at: datetime) -> uuid.UUID:
    """Send a code to a proven contact, a note to any other. The answer is the same.

    :raises TooManyAttempts: too many recoveries from this address.
    :raises SmsClosed: no SMS can be sent here.
    :raises PersonUnknown: nobody has proved this contact, and this deployment says so.
    :raises CodeTooSoon: this contact was sent a code just now.
    """
    if identifier.kind not in queries.provable_identifiers():
        raise SmsClosed
    take(limits.of_address(limits.RECOVERY_ADDRESS, actor.address), at=at)
    if settings.REVEAL_EXISTENCE and _find_owner(identifier) is None:
        raise PersonUnknown
    return _send(identifier=identifier, at=at)


@transaction.atomic
def resend_recovery(*, code_id: uuid.UUID, identifier: Identifier, at: datetime) -> uuid.UUID:
    """Send a new code; the former one stops working.

    :raises CodeTooSoon: the pause is not over, or the hour has had its share.
    """
    new = _send(identifier=identifier, at=at)
    codes.supersede(public_id=code_id, at=at)
    return new


@transaction.atomic
def _send(*, identifier: Identifier, at: datetime) -> uuid.UUID:
    owner = _find_owner(identifier)
    issued = codes.issue(
        purpose=CodePurpose.RECOVERY,
        identifier=identifier,
        at=at,
        is_decoy=owner is None,
        owner=owner,
    )
    if owner is None:
        messages.tell_recovery_unknown(identifier=identifier, at=at)
    else:
        messages.send_recovery_code(
            identifier=identifier, code=issued.code, expires_at=issued.expires_at, at=at
        )
    return issued.public_id


def _find_owner(identifier: Identifier) -> User | None:
    person = queries.find_person(identifier)
    return person if person is not None and person.is_active else None


def confirm_recovery(*, actor: Actor, code_id: uuid.UUID, code: str, at: datetime) -> None:
    """Accept the code; the same browser may then choose a password for a quarter of an hour.

    :raises TooManyAttempts: too many codes were tried from this address.
    :raises CodeRefused: wrong, burnt or expired.
    """
    claim = limits.of_address(limits.CODE_ADDRESS, actor.address)
    take(claim, at=at)
    with transaction.atomic():
        judged = codes.judge(public_id=code_id, purpose=CodePurpose.RECOVERY, text=code, at=at)
    if not isinstance(judged, OneTimeCode):
        raise judged
    give_back(claim)


@transaction.atomic
def choose_password(*, actor: Actor, code_id: uuid.UUID, password: str, at: datetime) -> int:
    """Set the new password of the person whose code was confirmed; give the row's id. Works once.

    All sessions end, and every proven contact is told.

    :raises CodeExpired: no confirmed code stands behind this step.
    :raises PasswordRefused: the password breaks a rule.
    """
    row = codes.lock_confirmed(public_id=code_id, purpose=CodePurpose.RECOVERY, at=at)
    assert row.owner_id is not None  # noqa: S101 -- decoys are never confirmed
    user = User.objects.select_for_update(of=("self",)).get(pk=row.owner_id)
    if not user.is_active:
        raise codes.CodeExpired
    row.closed_at = at
    row.save(update_fields=["closed_at"])
    set_password(actor=actor, user=user, password=password, at=at)
    return user.pk
