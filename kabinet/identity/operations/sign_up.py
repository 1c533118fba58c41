"""Signing up (IDN-03, 04, 08, 10): a person exists only after the code proved the contact."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.identity import limits, messages, passwords, queries
from kabinet.identity.enums import CodePurpose, ConsentChannel, IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import OneTimeCode, User
from kabinet.identity.names import NAMELESS, PersonName
from kabinet.identity.operations import codes
from kabinet.identity.operations.consents import Acceptance, require_all_ticked
from kabinet.identity.operations.people import IdentifierTaken, save_person
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import give_back, take


class PhoneClosed(Refused):
    message = _("Регистрация по телефону здесь не работает. Укажите адрес почты.")


class EmailClosed(Refused):
    message = _("Регистрация по почте здесь не работает. Укажите номер телефона.")


class NameMissing(Refused):
    message = _("Напишите ваше имя.")


@dataclass(frozen=True, slots=True)
class PendingSignUp:
    """A sign-up that waits for its code. It stays in the server-side session; ``password`` is a hash."""

    code_id: str
    kind: IdentifierKind
    identifier: str
    password: str
    document_ids: tuple[int, ...]
    name: str
    surname: str

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
            name=str(kept["name"]),
            surname=str(kept["surname"]),
        )


def start_sign_up(
    *,
    actor: Actor,
    identifier: Identifier,
    password: str,
    document_ids: frozenset[int],
    at: datetime,
    called: PersonName = NAMELESS,
) -> PendingSignUp:
    """Send a code to a free contact; to an occupied one, a note for its owner. The answer is the same (IDN-10).

    :raises TooManyAttempts: too many sign-ups from this address.
    :raises PhoneClosed: nobody signs up by phone here.
    :raises EmailClosed: nobody signs up by e-mail here.
    :raises NameMissing: a name is asked for and not given.
    :raises IdentifierTaken: the contact is occupied, and this deployment says so.
    :raises ConsentMissing: a required document is not ticked in its newest version.
    :raises PasswordRefused: the password breaks a rule.
    :raises CodeTooSoon: this contact was sent a code just now.
    """
    if identifier.kind not in queries.sign_up_identifiers():
        raise PhoneClosed if identifier.kind is IdentifierKind.PHONE else EmailClosed
    _require_answers(identifier, password, document_ids, called)
    take(limits.of_address(limits.SIGN_UP_ADDRESS, actor.address), at=at)
    if settings.REVEAL_EXISTENCE and queries.is_occupied(identifier):
        raise IdentifierTaken
    code_id = _send(identifier=identifier, at=at)
    return PendingSignUp(
        code_id=code_id,
        kind=identifier.kind,
        identifier=identifier.value,
        password=make_password(password),
        document_ids=tuple(sorted(document_ids)),
        name=called.name,
        surname=called.surname,
    )


def amend_sign_up(
    *,
    pending: PendingSignUp,
    password: str,
    document_ids: frozenset[int],
    called: PersonName = NAMELESS,
) -> PendingSignUp:
    """Keep the code that is under way when the same browser fills the form again.

    :raises NameMissing: a name is asked for and not given.
    :raises ConsentMissing: a required document is not ticked in its newest version.
    :raises PasswordRefused: the password breaks a rule.
    """
    _require_answers(pending.target, password, document_ids, called)
    return replace(
        pending,
        password=make_password(password),
        document_ids=tuple(sorted(document_ids)),
        name=called.name,
        surname=called.surname,
    )


def _require_answers(
    identifier: Identifier, password: str, document_ids: frozenset[int], called: PersonName
) -> None:
    if settings.SIGN_UP_NAME == "required" and not called.name:
        raise NameMissing
    require_all_ticked(document_ids)
    passwords.require_acceptable(password, passwords.Newcomer(identifier))


def resend_sign_up(*, pending: PendingSignUp, at: datetime) -> PendingSignUp:
    """Send a new code; the former one stops working.

    :raises CodeTooSoon: the pause is not over, or the hour has had its share.
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
        messages.send_code(
            purpose=CodePurpose.SIGN_UP,
            identifier=identifier,
            code=issued.code,
            expires_at=issued.expires_at,
            at=at,
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
        judged = codes.judge(
            public_id=uuid.UUID(pending.code_id), purpose=CodePurpose.SIGN_UP, text=code, at=at
        )
        if isinstance(judged, OneTimeCode):
            give_back(claim)
            judged.closed_at = at
            judged.save(update_fields=["closed_at"])
            return _create(actor=actor, pending=pending, user_agent=user_agent, at=at)
    # Outside the transaction: a try that is rolled back would be a free one.
    raise judged


def _create(*, actor: Actor, pending: PendingSignUp, user_agent: str, at: datetime) -> int:
    is_email = pending.kind is IdentifierKind.EMAIL
    user = User(
        email=pending.identifier if is_email else None,
        phone=None if is_email else pending.identifier,
        phone_verified=not is_email,
        password=pending.password,
        name=pending.name,
        surname=pending.surname,
    )
    acceptance = Acceptance(
        document_ids=frozenset(pending.document_ids),
        channel=ConsentChannel.SIGN_UP,
        user_agent=user_agent,
    )
    save_person(actor=actor, user=user, acceptance=acceptance, at=at)
    return user.pk
