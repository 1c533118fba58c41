"""Signing up (IDN-03, 04, 08, 10): a person exists only after the code proved the contact."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kabinet.identity import limits, messages, passwords, queries
from kabinet.identity.enums import (
    CodePurpose,
    ConsentChannel,
    IdentifierKind,
)
from kabinet.identity.identifiers import Identifier
from kabinet.identity.limits import CodeLine
from kabinet.identity.models import OneTimeCode, User
from kabinet.identity.names import NAMELESS, PersonName
from kabinet.identity.operations import codes
from kabinet.identity.operations.consents import Acceptance, require_all_ticked, require_open
from kabinet.identity.operations.onboarding import first_step
from kabinet.identity.operations.people import (
    IdentifierTaken,
    is_taken,
    release_named,
    save_person,
)
from kabinet.identity.parts import EntryPart, require_on
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import give_back, take


class PhoneClosed(Refused):
    message = _("Регистрация по телефону здесь не работает. Укажите адрес почты.")


class EmailClosed(Refused):
    message = _("Регистрация по почте здесь не работает. Укажите номер телефона.")


class NameMissing(Refused):
    message = _("Напишите ваше имя.")


class SecondContactMissing(Refused):
    message = _("Заполните это поле.")


class SecondContactTaken(Refused):
    message = _("Этот контакт уже у другого человека. Укажите другой.")


@dataclass(frozen=True, slots=True)
class Details:
    """What a deployment may ask besides contact and password; ``second`` is the other contact, not proven here."""

    called: PersonName = NAMELESS
    second: Identifier | None = None


NO_DETAILS = Details()


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
    second: str = ""

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
            second=str(kept.get("second", "")),
        )


def start_sign_up(
    *,
    actor: Actor,
    identifier: Identifier,
    password: str,
    document_ids: frozenset[int],
    at: datetime,
    details: Details = NO_DETAILS,
) -> PendingSignUp:
    """Send a code, or a link, to a free contact; to an occupied one, a note for its owner. The answer is the same (IDN-10).

    :raises PartOff: nobody signs up here.
    :raises TooManyAttempts: too many sign-ups from this address.
    :raises PhoneClosed: nobody signs up by phone here.
    :raises EmailClosed: nobody signs up by e-mail here.
    :raises NameMissing: a name is asked for and not given.
    :raises SecondContactMissing: the other contact is asked for and not given.
    :raises SecondContactTaken: it is occupied, and this deployment says so.
    :raises IdentifierTaken: the contact is occupied, and this deployment says so.
    :raises ConsentMissing: a required document is not ticked in its newest version.
    :raises PasswordRefused: the password breaks a rule.
    :raises CodeTooSoon: this contact was sent a code just now.
    """
    require_on(EntryPart.REGISTRATION)
    if identifier.kind not in queries.sign_up_identifiers():
        raise PhoneClosed if identifier.kind is IdentifierKind.PHONE else EmailClosed
    _require_answers(identifier, password, document_ids, details)
    take(limits.of_address(limits.SIGN_UP_ADDRESS, actor.address), at=at)
    _require_free(identifier, details.second)
    pending = PendingSignUp(
        code_id="",
        kind=identifier.kind,
        identifier=identifier.value,
        password=make_password(password),
        document_ids=tuple(sorted(document_ids)),
        name=details.called.name,
        surname=details.called.surname,
        second=details.second.value if details.second else "",
    )
    return send(pending=pending, at=at)


def _require_free(identifier: Identifier, second: Identifier | None) -> None:
    """Look only where this deployment says what it finds."""
    if not settings.REVEAL_EXISTENCE:
        return
    if is_taken(identifier):
        raise IdentifierTaken
    if second is not None and is_taken(second):
        raise SecondContactTaken


def amend_sign_up(
    *,
    pending: PendingSignUp,
    password: str,
    document_ids: frozenset[int],
    details: Details = NO_DETAILS,
) -> PendingSignUp:
    """Keep the code that is under way when the same browser fills the form again.

    :raises PartOff: nobody signs up here any more.
    :raises SecondContactMissing: the other contact is asked for and not given.
    :raises NameMissing: a name is asked for and not given.
    :raises ConsentMissing: a required document is not ticked in its newest version.
    :raises PasswordRefused: the password breaks a rule.
    """
    require_on(EntryPart.REGISTRATION)
    _require_answers(pending.target, password, document_ids, details)
    amended = replace(
        pending,
        password=make_password(password),
        document_ids=tuple(sorted(document_ids)),
        name=details.called.name,
        surname=details.called.surname,
        second=details.second.value if details.second else "",
    )
    if is_by_link(pending.target):
        OneTimeCode.objects.filter(
            public_id=uuid.UUID(pending.code_id), purpose=CodePurpose.SIGN_UP, closed_at=None
        ).update(payload=amended.to_session())
    return amended


def _require_answers(
    identifier: Identifier, password: str, document_ids: frozenset[int], details: Details
) -> None:
    if settings.SIGN_UP_NAME == "required" and not details.called.name:
        raise NameMissing
    if settings.SIGN_UP_SECOND_CONTACT == "required" and details.second is None:
        raise SecondContactMissing
    if settings.CONSENT_MODE == "screen":
        require_open()
    else:
        require_all_ticked(document_ids)
    passwords.require_acceptable(password, passwords.Newcomer(identifier))


def resend_sign_up(*, pending: PendingSignUp, at: datetime) -> PendingSignUp:
    """Send a new code or link; the former one stops working.

    :raises PartOff: nobody signs up here any more.
    :raises CodeTooSoon: the pause is not over, or the hour has had its share.
    """
    require_on(EntryPart.REGISTRATION)
    with transaction.atomic():
        renewed = send(pending=pending, at=at)
        codes.supersede(public_id=uuid.UUID(pending.code_id), at=at)
    return renewed


def is_by_link(identifier: Identifier) -> bool:
    """Say whether this contact is proven by following a link (IDN-08, 17)."""
    return settings.SIGN_UP_PROOF == "link" and identifier.kind is IdentifierKind.EMAIL


@transaction.atomic
def send(*, pending: PendingSignUp, at: datetime) -> PendingSignUp:
    """Send what proves the contact, or a note to its owner when it is occupied; give what waits, with its new id.

    :raises CodeTooSoon: the pause is not over, or the hour has had its share.
    """
    identifier = pending.target
    by_link = is_by_link(identifier)
    is_occupied = is_taken(identifier)
    issued = codes.issue(
        line=CodeLine(CodePurpose.SIGN_UP, identifier),
        at=at,
        is_decoy=is_occupied,
        long=_link(pending) if by_link else None,
    )
    if is_occupied:
        messages.tell_sign_up_occupied(identifier=identifier, at=at)
    elif by_link:
        messages.send_sign_up_link(identifier=identifier, issued=issued, at=at)
    else:
        messages.send_code(
            purpose=CodePurpose.SIGN_UP,
            identifier=identifier,
            code=issued.code,
            expires_at=issued.expires_at,
            at=at,
        )
    return replace(pending, code_id=str(issued.public_id))


def _link(pending: PendingSignUp) -> codes.LongSecret:
    return codes.LongSecret(
        text=secrets.token_urlsafe(32),
        lifetime=settings.LINK_LIFETIME,
        payload=pending.to_session(),
    )


def confirm_sign_up(
    *, actor: Actor, pending: PendingSignUp, code: str, user_agent: str, at: datetime
) -> int:
    """Create the person whose contact the code has proved; give the row's id.

    :raises PartOff: nobody signs up here any more.
    :raises TooManyAttempts: too many codes were tried from this address, or for this contact.
    :raises CodeRefused: wrong, burnt or expired.
    :raises IdentifierTaken: the contact was registered meanwhile in another window.
    """
    require_on(EntryPart.REGISTRATION)
    code_id = uuid.UUID(pending.code_id)
    claims = codes.claims(actor=actor, public_id=code_id, purpose=CodePurpose.SIGN_UP)
    take(*claims, at=at)
    with transaction.atomic():
        judged = codes.judge(public_id=code_id, purpose=CodePurpose.SIGN_UP, text=code, at=at)
        if isinstance(judged, OneTimeCode):
            give_back(*claims)
            judged.closed_at = at
            judged.save(update_fields=["closed_at"])
            return create_newcomer(actor=actor, pending=pending, user_agent=user_agent, at=at)
    # Outside the transaction: a try that is rolled back would be a free one.
    raise judged


def create_newcomer(*, actor: Actor, pending: PendingSignUp, user_agent: str, at: datetime) -> int:
    """Create the person in the caller's transaction, whose contact is proven; give the row's id.

    :raises IdentifierTaken: the contact was registered meanwhile.
    """
    is_email = pending.kind is IdentifierKind.EMAIL
    release_named(pending.target)
    second = _second(pending)
    user = User(
        email=pending.identifier if is_email else second,
        phone=second if is_email else pending.identifier,
        phone_verified=not is_email,
        password=pending.password,
        name=pending.name,
        surname=pending.surname,
        onboarding=first_step(),
    )
    acceptance = Acceptance(
        document_ids=frozenset(pending.document_ids),
        channel=ConsentChannel.SIGN_UP,
        user_agent=user_agent,
    )
    save_person(actor=actor, user=user, acceptance=acceptance, at=at, proves_email=is_email)
    return user.pk


def _second(pending: PendingSignUp) -> str | None:
    """Give the other contact; one that somebody else has is left out in silence (IDN-10)."""
    if not pending.second:
        return None
    is_email = pending.kind is IdentifierKind.EMAIL
    kind = IdentifierKind.PHONE if is_email else IdentifierKind.EMAIL
    is_free = not queries.is_occupied(Identifier(kind, pending.second))
    return pending.second if is_free else None
