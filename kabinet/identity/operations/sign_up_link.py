"""The link that finishes a sign-up (IDN-06, 17): opened in any browser, used once, by whoever began."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from kabinet.identity import limits, passwords
from kabinet.identity.enums import CodePurpose
from kabinet.identity.models import OneTimeCode
from kabinet.identity.operations import codes
from kabinet.identity.operations.sign_up import PendingSignUp, create_newcomer, resend_sign_up
from kabinet.identity.parts import EntryPart, require_on
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import give_back, take


class LinkOver(Refused):
    message = _("Эта ссылка больше не действует.")


class OtherPassword(Refused):
    message = _("Пароль не тот, что вы придумали при регистрации.")


@dataclass(frozen=True, slots=True)
class SignUpLink:
    """What a link from a letter opens; ``is_spent`` when the cabinet is there already."""

    target: str
    is_alive: bool
    is_spent: bool


def read_sign_up_link(*, public_id: uuid.UUID, secret: str, at: datetime) -> SignUpLink | None:
    """Look at a link without using it up: letters are opened by scanners too. None where there is no such link."""
    row = _rows(public_id).first()
    if row is None or not codes.fits(row, secret):
        return None
    return SignUpLink(
        target=row.identifier, is_alive=_is_alive(row, at), is_spent=row.confirmed_at is not None
    )


@transaction.atomic
def finish_by_link(
    *, actor: Actor, public_id: uuid.UUID, secret: str, user_agent: str, at: datetime
) -> int:
    """Create the person whose address the link has proved; give the row's id.

    :raises PartOff: nobody signs up here any more.
    :raises LinkOver: it is used, too old, or a newer one was sent.
    :raises IdentifierTaken: the address was registered meanwhile.
    """
    require_on(EntryPart.REGISTRATION)
    row = _lock(public_id, secret, at)
    pending = PendingSignUp.from_session({**row.payload, "code_id": str(public_id)})
    user_id = create_newcomer(actor=actor, pending=pending, user_agent=user_agent, at=at)
    row.confirmed_at = row.closed_at = at
    row.save(update_fields=["confirmed_at", "closed_at"])
    # Nothing waits any more, here and behind the letters before this one.
    OneTimeCode.objects.filter(
        identifier=row.identifier, purpose=CodePurpose.SIGN_UP, is_link=True
    ).update(payload={})
    return user_id


def require_chosen_password(
    *, actor: Actor, public_id: uuid.UUID, secret: str, password: str, at: datetime
) -> None:
    """Let another browser go on only with the password that was chosen: an address may be anybody's.

    Whoever names a stranger's address would otherwise have the stranger open a cabinet under the first one's password.

    :raises TooManyAttempts: too many were tried from this address.
    :raises LinkOver: it is used, too old, tried too often, or a newer one was sent.
    :raises OtherPassword: it is not the one chosen at sign-up.
    """
    place = limits.of_address(limits.CODE_ADDRESS, actor.address)
    take(place, at=at)
    with transaction.atomic():
        row = _lock(public_id, secret, at)
        row.tries += 1
        row.save(update_fields=["tries"])
        hashed = str(row.payload["password"])
    if len(password) > passwords.LONGEST_TRIED or not check_password(password, hashed):
        raise OtherPassword
    give_back(place)
    # It was no guess: at the last try the link would else be over before it is used.
    _rows(public_id).update(tries=F("tries") - 1)


def send_link_again(*, public_id: uuid.UUID, secret: str, at: datetime) -> PendingSignUp:
    """Send a new link in place of one that is over.

    :raises PartOff: nobody signs up here any more.
    :raises LinkOver: the link is not one of ours, or the cabinet is there already.
    :raises CodeTooSoon: the pause is not over, or the hour has had its share.
    """
    row = _rows(public_id).first()
    if row is None or not codes.fits(row, secret) or not row.payload:
        raise LinkOver
    pending = PendingSignUp.from_session({**row.payload, "code_id": str(public_id)})
    return resend_sign_up(pending=pending, at=at)


def _rows(public_id: uuid.UUID) -> QuerySet[OneTimeCode]:
    return OneTimeCode.objects.filter(
        public_id=public_id, purpose=CodePurpose.SIGN_UP, is_link=True
    )


def _is_alive(row: OneTimeCode, at: datetime) -> bool:
    return row.closed_at is None and row.expires_at > at and row.tries < settings.CODE_TRIES


def _lock(public_id: uuid.UUID, secret: str, at: datetime) -> OneTimeCode:
    row = _rows(public_id).select_for_update(of=("self",)).first()
    if row is None or not codes.fits(row, secret) or not _is_alive(row, at):
        raise LinkOver
    return row
