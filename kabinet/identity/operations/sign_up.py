"""Signing up (IDN-03, 04, 08, 10): a person exists only after the code proved the contact."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.identity import limits, messages, passwords, queries
from kabinet.identity.enums import CodePurpose, ConsentChannel, IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import User
from kabinet.identity.operations import codes
from kabinet.identity.operations.consents import Acceptance, require_all_ticked
from kabinet.identity.operations.people import save_person
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import give_back, take


class PhoneClosed(Refused):
    message = _("Регистрация по телефону здесь не работает. Укажите адрес почты.")


@dataclass(frozen=True, slots=True)
class PendingSignUp:
    """A sign-up that waits for its code. It stays in the server-side session; ``password`` is a hash."""

    code_id: str
    kind: IdentifierKind
    identifier: str
    password: str
    document_ids: tuple[int, ...]

    @property
    def target(self) -> Identifier:
        return Identifier(self.kind, self.identifier)

    def to_session(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_session(cls, kept: Mapping[str, object]) -> PendingSignUp:
        documents = kept["document_ids"]
        assert isinstance(documents, list | tuple)  # noqa: S101 -- written by to_session
        return cls(
            code_id=str(kept["code_id"]),
            kind=IdentifierKind(str(kept["kind"])),
            identifier=str(kept["identifier"]),
            password=str(kept["password"]),
            document_ids=tuple(documents),
        )


def start_sign_up(
    *,
    actor: Actor,
    identifier: Identifier,
    password: str,
    document_ids: frozenset[int],
    at: datetime,
) -> PendingSignUp:
    """Send a code to a free contact; to an occupied one, a note for its owner. The answer is the same (IDN-10).

    :raises TooManyAttempts: too many sign-ups from this address.
    :raises PhoneClosed: no SMS can be sent here.
    :raises ConsentMissing: a required document is not ticked in its newest version.
    :raises PasswordRefused: the password breaks a rule.
    :raises CodeTooSoon: this contact was sent a code just now.
    """
    if identifier.kind not in queries.open_identifiers():
        raise PhoneClosed
    require_all_ticked(document_ids)
    passwords.require_acceptable(password, passwords.Newcomer(identifier))
    take(limits.of_address(limits.SIGN_UP_ADDRESS, actor.address), at=at)
    code_id = _send(identifier=identifier, at=at)
    return PendingSignUp(
        code_id=code_id,
        kind=identifier.kind,
        identifier=identifier.value,
        password=make_password(password),
        document_ids=tuple(sorted(document_ids)),
    )


def replace_password(
    *, pending: PendingSignUp, password: str, document_ids: frozenset[int]
) -> PendingSignUp:
    """Keep the code that is under way when the same browser fills the form again.

    :raises ConsentMissing: a required document is not ticked in its newest version.
    :raises PasswordRefused: the password breaks a rule.
    """
    require_all_ticked(document_ids)
    passwords.require_acceptable(password, passwords.Newcomer(pending.target))
    return replace(
        pending, password=make_password(password), document_ids=tuple(sorted(document_ids))
    )


def resend_sign_up(*, pending: PendingSignUp, at: datetime) -> PendingSignUp:
    """Send a new code; the former one stops working.

    :raises CodeTooSoon: the pause is not over, or five went out within the hour.
    """
    with transaction.atomic():
        code_id = _send(identifier=pending.target, at=at)
        codes.supersede(public_id=uuid.UUID(pending.code_id), at=at)
    return replace(pending, code_id=code_id)


@transaction.atomic
def _send(*, identifier: Identifier, at: datetime) -> str:
    is_occupied = queries.is_occupied(identifier)
    issued = codes.issue(
        purpose=CodePurpose.SIGN_UP, identifier=identifier, at=at, is_decoy=is_occupied
    )
    if is_occupied:
        messages.tell_sign_up_occupied(identifier=identifier, at=at)
    else:
        messages.send_sign_up_code(
            identifier=identifier, code=issued.code, expires_at=issued.expires_at, at=at
        )
    return str(issued.public_id)


def confirm_sign_up(
    *, actor: Actor, pending: PendingSignUp, code: str, user_agent: str, at: datetime
) -> int:
    """Create the person whose contact the code has proved; give the row's id.

    :raises TooManyAttempts: too many codes were tried from this address.
    :raises CodeRefused: wrong, burnt or expired.
    :raises IdentifierTaken: the contact was registered meanwhile in another window.
    """
    claim = limits.of_address(limits.CODE_ADDRESS, actor.address)
    take(claim, at=at)
    with transaction.atomic():
        judgement = codes.judge(
            public_id=uuid.UUID(pending.code_id), purpose=CodePurpose.SIGN_UP, text=code, at=at
        )
        if judgement.row is not None:
            give_back(claim)
            return _create(
                actor=actor, pending=pending, judgement=judgement, user_agent=user_agent, at=at
            )
    # Outside the transaction: a try that is rolled back would be a free one.
    codes.raise_unless_right(judgement)
    raise codes.CodeExpired


def _create(
    *,
    actor: Actor,
    pending: PendingSignUp,
    judgement: codes.Judgement,
    user_agent: str,
    at: datetime,
) -> int:
    assert judgement.row is not None  # noqa: S101 -- the caller looked
    judgement.row.closed_at = at
    judgement.row.save(update_fields=["closed_at"])
    is_email = pending.kind is IdentifierKind.EMAIL
    user = User(
        email=pending.identifier if is_email else None,
        phone=None if is_email else pending.identifier,
        phone_verified=not is_email,
        password=pending.password,
    )
    acceptance = Acceptance(
        document_ids=frozenset(pending.document_ids),
        channel=ConsentChannel.SIGN_UP,
        user_agent=user_agent,
    )
    save_person(actor=actor, user=user, acceptance=acceptance, at=at)
    return user.pk
