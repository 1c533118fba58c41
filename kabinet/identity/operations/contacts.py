"""The person's own e-mail address and phone (IDN-15, 42, 44, 45): a new one counts once it is proved.

Until then the old one stays as it is. What is stored is what the code was sent to, never what a form says later.
An address is proved by a link instead of a code where sign-up does so too (IDN-17, 45).
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kabinet.identity import limits, messages, queries
from kabinet.identity.enums import CodePurpose, IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.limits import CodeLine
from kabinet.identity.models import OneTimeCode, User
from kabinet.identity.operations import codes
from kabinet.identity.operations.own_codes import SmsClosed
from kabinet.identity.operations.people import is_taken, release_named
from kabinet.identity.operations.sign_up import is_by_link
from kabinet.identity.operations.sign_up_link import LinkOver
from kabinet.kernel import audit, locks
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import Claim, give_back, take


class ContactOccupied(Refused):
    message = _("Такая почта или телефон есть в другом личном кабинете. Укажите другие.")


class ContactUnchanged(Refused):
    message = _("Это уже указано и подтверждено в вашем кабинете. Введите новое.")


class LastContact(Refused):
    message = _(
        "Это единственный подтверждённый контакт: без него не войти. Сначала добавьте другой."
    )


@dataclass(frozen=True, slots=True)
class ContactLink:
    """What a link from a letter opens; ``is_own`` when it is the asking person's, ``is_spent`` when it has worked."""

    target: str
    is_own: bool
    is_alive: bool
    is_spent: bool


def ask_contact(*, actor: Actor, identifier: Identifier, at: datetime) -> uuid.UUID:
    """Send a code or a link to the contact the person wants to have; to an occupied one, a note for its owner.

    The answer is the same (IDN-10).

    :raises SmsClosed: no SMS can be sent here.
    :raises ContactUnchanged: the person has proved this one already.
    :raises TooManyAttempts: too many codes were asked for by this person or from this address.
    :raises ContactOccupied: somebody else has it, and this deployment says so.
    :raises CodeTooSoon: this contact was sent a code just now.
    """
    if identifier.kind not in queries.provable_identifiers():
        raise SmsClosed
    user = User.objects.get(pk=queries.person_id(actor))
    if queries.find_person(identifier) == user:
        raise ContactUnchanged
    take(
        Claim(limits.ASKED_CONTACT, str(user.pk)),
        limits.of_address(limits.ASKED_CODE_ADDRESS, actor.address),
        at=at,
    )
    if settings.REVEAL_EXISTENCE and _is_occupied(user, identifier):
        raise ContactOccupied
    return _send(user=user, identifier=identifier, at=at)


@transaction.atomic
def ask_contact_again(*, actor: Actor, code_id: uuid.UUID, at: datetime) -> uuid.UUID:
    """Send a new code or link to where the former one went; that one stops working.

    :raises CodeExpired: the person has asked for no such code, or it has done its work.
    :raises CodeTooSoon: the pause is not over, or the hour has had its share.
    """
    waiting = _own_codes(actor).filter(public_id=code_id, confirmed_at=None)
    row = waiting.select_related("owner").first()
    if row is None or row.owner is None:
        raise codes.CodeExpired
    new = _send(user=row.owner, identifier=Identifier.of(row.identifier), at=at)
    codes.supersede(public_id=code_id, at=at)
    return new


@transaction.atomic
def _send(*, user: User, identifier: Identifier, at: datetime) -> uuid.UUID:
    is_occupied, by_link = _is_occupied(user, identifier), is_by_link(identifier)
    issued = codes.issue(
        line=CodeLine(CodePurpose.CONTACT, identifier),
        at=at,
        is_decoy=is_occupied,
        owner=user,
        long=_new_link() if by_link else None,
    )
    if is_occupied:
        messages.tell_contact_occupied(identifier=identifier, at=at)
    elif by_link:
        messages.send_contact_link(identifier=identifier, issued=issued, at=at)
    else:
        messages.send_code(
            purpose=CodePurpose.CONTACT,
            identifier=identifier,
            code=issued.code,
            expires_at=issued.expires_at,
            at=at,
        )
    return issued.public_id


def _new_link() -> codes.LongSecret:
    return codes.LongSecret(text=secrets.token_urlsafe(32), lifetime=settings.LINK_LIFETIME)


def confirm_contact(*, actor: Actor, code_id: uuid.UUID, code: str, at: datetime) -> Identifier:
    """Take over the contact that the code has proved, in place of the former one of its kind; give it.

    The former contact and the other one are told. Codes under way for another contact of the same kind stop working.

    :raises TooManyAttempts: too many codes were tried from this address, or for this contact.
    :raises CodeRefused: wrong, burnt, expired, or asked for by somebody else.
    :raises ContactOccupied: somebody else was faster.
    """
    claims = codes.claims(actor=actor, public_id=code_id, purpose=CodePurpose.CONTACT)
    take(*claims, at=at)
    with transaction.atomic():
        _serialise(actor=actor, code_id=code_id)
        # The person before the code: two tabs that prove two contacts at once come one after the other.
        user = User.objects.select_for_update(of=("self",)).get(pk=queries.person_id(actor))
        judged = _judge(actor=actor, code_id=code_id, code=code, at=at)
        if isinstance(judged, OneTimeCode):
            give_back(*claims)
            proved = Identifier.of(judged.identifier)
            _take_over(actor=actor, user=user, proved=proved, at=at)
            _close_codes(user=user, kind=proved.kind, at=at)
            return proved
    # Outside the transaction: a try that is rolled back would be a free one.
    raise judged


def read_contact_link(
    *, actor: Actor, public_id: uuid.UUID, secret: str, at: datetime
) -> ContactLink | None:
    """Look at a link without using it up: letters are opened by scanners too. None where there is no such link."""
    row = _links(public_id).first()
    if row is None or not codes.fits(row, secret):
        return None
    return ContactLink(
        target=row.identifier,
        is_own=row.owner_id == queries.person_id(actor),
        is_alive=_is_alive(row, at),
        is_spent=row.confirmed_at is not None,
    )


@transaction.atomic
def confirm_contact_by_link(
    *, actor: Actor, public_id: uuid.UUID, secret: str, at: datetime
) -> Identifier:
    """Take over the address that the link has proved, as ``confirm_contact`` does; give it.

    :raises LinkOver: it is used, too old, a newer one was sent, or somebody else asked for it.
    :raises ContactOccupied: somebody else was faster.
    """
    _serialise(actor=actor, code_id=public_id)
    user = User.objects.select_for_update(of=("self",)).get(pk=queries.person_id(actor))
    row = _links(public_id).select_for_update(of=("self",)).filter(owner=user).first()
    if row is None or not codes.fits(row, secret) or not _is_alive(row, at):
        raise LinkOver
    row.confirmed_at = row.closed_at = at
    row.save(update_fields=["confirmed_at", "closed_at"])
    proved = Identifier.of(row.identifier)
    _take_over(actor=actor, user=user, proved=proved, at=at)
    _close_codes(user=user, kind=proved.kind, at=at)
    return proved


def _links(public_id: uuid.UUID) -> QuerySet[OneTimeCode]:
    return OneTimeCode.objects.filter(
        public_id=public_id, purpose=CodePurpose.CONTACT, is_link=True
    )


def _is_alive(row: OneTimeCode, at: datetime) -> bool:
    return row.closed_at is None and row.expires_at > at


def _serialise(*, actor: Actor, code_id: uuid.UUID) -> None:
    """Let two people who prove one contact come one after the other, before either is locked."""
    row = _own_codes(actor).filter(public_id=code_id).first()
    if row is not None:
        locks.wait_until_commit(f"contact {row.identifier}")


def _judge(
    *, actor: Actor, code_id: uuid.UUID, code: str, at: datetime
) -> OneTimeCode | codes.CodeRefused:
    if not _own_codes(actor).filter(public_id=code_id).exists():
        return codes.CodeExpired()
    return codes.judge(public_id=code_id, purpose=CodePurpose.CONTACT, text=code, at=at)


def _take_over(*, actor: Actor, user: User, proved: Identifier, at: datetime) -> None:
    told = [known for known in messages.proven_contacts(user) if known != proved]
    try:
        with transaction.atomic():
            release_named(proved)
            _store(user, proved)
    except IntegrityError:
        raise ContactOccupied from None
    audit.record(actor, "identity.contact.change", user, at=at, kind=proved.kind.value)
    messages.tell_contact_changed(recipients=told, proved=proved, at=at)


def _store(user: User, proved: Identifier) -> None:
    if proved.kind is IdentifierKind.PHONE:
        user.phone, user.phone_verified = proved.value, True
        user.save(update_fields=["phone", "phone_verified"])
        return
    user.email = proved.value
    user.save(update_fields=["email"])
    user.emailaddress_set.all().delete()
    EmailAddress.objects.create(user=user, email=proved.value, verified=True, primary=True)


def _close_codes(*, user: User, kind: IdentifierKind, at: datetime) -> None:
    """Close what was asked for in another tab, and proofs by a contact that may be the person's no more."""
    is_email = kind is IdentifierKind.EMAIL
    rows = OneTimeCode.objects.filter(
        owner=user, purpose__in=(CodePurpose.CONTACT, CodePurpose.PROOF), closed_at=None
    )
    same_kind = (
        rows.filter(identifier__contains="@")
        if is_email
        else rows.exclude(identifier__contains="@")
    )
    same_kind.update(closed_at=at)


@transaction.atomic
def remove_contact(*, actor: Actor, kind: IdentifierKind, at: datetime) -> None:
    """Take a contact away; it and the one that is left are told. Nothing happens when there is none.

    :raises LastContact: no other proved contact would be left.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=queries.person_id(actor))
    value = user.email if kind is IdentifierKind.EMAIL else user.phone
    if not value:
        return
    told = messages.proven_contacts(user)
    if all(known.kind is kind for known in told):
        raise LastContact
    if kind is IdentifierKind.EMAIL:
        user.email = None
        user.emailaddress_set.all().delete()
    else:
        user.phone, user.phone_verified = None, False
    user.save(update_fields=["email", "phone", "phone_verified"])
    _close_codes(user=user, kind=kind, at=at)
    audit.record(actor, "identity.contact.remove", user, at=at, kind=kind.value)
    messages.tell_contact_removed(recipients=told, removed=Identifier(kind, value), at=at)


def _own_codes(actor: Actor) -> QuerySet[OneTimeCode]:
    return OneTimeCode.objects.filter(
        owner_id=queries.person_id(actor), purpose=CodePurpose.CONTACT
    )


def _is_occupied(user: User, identifier: Identifier) -> bool:
    """Say whether it is somebody else's; one's own that is not proved yet is not occupied."""
    is_own = identifier.value in (user.email, user.phone)
    return not is_own and is_taken(identifier)
