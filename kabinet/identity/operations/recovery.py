"""Recovery in the three orders (IDN-32): code, then password; password, then code; a temporary password."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kabinet.identity import messages, passwords, queries
from kabinet.identity.enums import CodePurpose
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import OneTimeCode, User
from kabinet.identity.operations import codes
from kabinet.identity.operations.own_codes import (
    PersonUnknown,
    SmsClosed,
    find_owner,
    spend_confirmed,
    take_asking,
)
from kabinet.identity.operations.people import keep_password, set_password
from kabinet.identity.parts import EntryPart, is_on, require_on
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused

TEMPORARY_LIFETIME = timedelta(days=1)
# Without signs that look alike; sixteen of 31 are more than anybody can guess.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class OwnPasswordThere(Refused):
    message = _("Временный пароль уже заменён. Сменить пароль можно в профиле.")


@transaction.atomic
def choose_password(*, actor: Actor, code_id: uuid.UUID, password: str, at: datetime) -> int:
    """Set the new password of the person whose code was confirmed; give the row's id. Works once.

    All sessions end, and every proven contact is told.

    :raises CodeExpired: no confirmed code stands behind this step.
    :raises PasswordRefused: the password breaks a rule.
    """
    user = spend_confirmed(purpose=CodePurpose.RECOVERY, code_id=code_id, at=at)
    set_password(actor=actor, user=user, password=password, at=at)
    return user.pk


@transaction.atomic
def keep_chosen_password(*, actor: Actor, code_id: uuid.UUID, hashed: str, at: datetime) -> int:
    """Set the password that was chosen, judged and hashed before the code (IDN-33); give the row's id. Works once.

    All sessions end, and every proven contact is told.

    :raises CodeExpired: no confirmed code stands behind this step.
    """
    user = spend_confirmed(purpose=CodePurpose.RECOVERY, code_id=code_id, at=at)
    keep_password(actor=actor, user=user, hashed=hashed, at=at)
    return user.pk


def ask_temporary_password(
    *, actor: Actor, purpose: CodePurpose, identifier: Identifier, at: datetime, device: str = ""
) -> uuid.UUID:
    """Send a password that works once beside the own one, a note to a contact that nobody has proved (IDN-34).

    The own password stays: somebody else's request must not lock anybody out. ``device`` is as for ``ask_code``.

    :raises PartOff: nobody recovers by themselves here.
    :raises TooManyAttempts: too many were asked for from this address.
    :raises SmsClosed: no SMS can be sent here.
    :raises PersonUnknown: nobody has proved this contact, and this deployment says so.
    :raises CodeTooSoon: this contact was sent one just now.
    """
    require_on(EntryPart.RECOVERY)
    if identifier.kind not in queries.provable_identifiers():
        raise SmsClosed
    line = take_asking(actor=actor, purpose=purpose, identifier=identifier, device=device, at=at)
    with transaction.atomic():
        owner = find_owner(identifier)
        if settings.REVEAL_EXISTENCE and owner is None:
            raise PersonUnknown
        password = "-".join(
            "".join(secrets.choice(ALPHABET) for _sign in range(4)) for _group in range(4)
        )
        _temporary(identifier).update(closed_at=at)
        issued = codes.issue(
            line=line,
            at=at,
            is_decoy=owner is None,
            owner=owner,
            long=codes.LongSecret(password, TEMPORARY_LIFETIME),
        )
        if owner is None:
            messages.tell_unknown(purpose=purpose, identifier=identifier, at=at)
        else:
            messages.send_temporary_password(
                identifier=identifier, password=password, expires_at=issued.expires_at, at=at
            )
    return issued.public_id


def _temporary(identifier: Identifier) -> QuerySet[OneTimeCode]:
    return OneTimeCode.objects.filter(
        identifier=identifier.value, purpose=CodePurpose.RECOVERY, is_link=True, closed_at=None
    )


@transaction.atomic
def spend_temporary_password(
    *, actor: Actor, identifier: Identifier, password: str, at: datetime
) -> User | None:
    """Use up a temporary password; give its owner, who must set an own one now. None when nothing fits.

    One that was sent before recovery was left out opens nothing any more.
    """
    if not is_on(EntryPart.RECOVERY):
        return None
    open_ones = _temporary(identifier).filter(expires_at__gt=at).select_for_update(of=("self",))
    # The owner's browser and a stranger may have asked at the same moment.
    row = next((row for row in open_ones if codes.fits(row, password.strip())), None)
    if row is None:
        return None
    owner = find_owner(identifier)
    if owner is None or owner.pk != row.owner_id:
        return None
    row.confirmed_at = row.closed_at = at
    row.save(update_fields=["confirmed_at", "closed_at"])
    owner.must_change_password = True
    owner.save(update_fields=["must_change_password"])
    audit.record(actor, "identity.password.temporary", owner, at=at)
    return owner


@transaction.atomic
def replace_temporary_password(*, actor: Actor, password: str, at: datetime) -> None:
    """Set an own password in place of a temporary one; other sessions end, every proven contact is told.

    :raises OwnPasswordThere: the person did not come in with a temporary one.
    :raises PasswordRefused: it breaks a rule.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=queries.person_id(actor))
    if not user.must_change_password:
        raise OwnPasswordThere
    set_password(actor=actor, user=user, password=password, at=at)


def hash_acceptable(*, identifier: Identifier, password: str) -> str:
    """Judge a password before its owner is known; give what may be kept until the code proves them.

    :raises PasswordRefused: it breaks a rule.
    """
    passwords.require_acceptable(password, passwords.Newcomer(identifier))
    return make_password(password)
