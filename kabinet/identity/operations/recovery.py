"""Recovery in manual C's order (IDN-32): the code first, then the new password, then signed in."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from kabinet.identity.enums import CodePurpose
from kabinet.identity.operations.own_codes import spend_confirmed
from kabinet.identity.operations.people import set_password
from kabinet.kernel.actors import Actor


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
