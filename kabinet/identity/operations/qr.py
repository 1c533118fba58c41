"""Signing in on one screen by confirming on another (IDN-25, MOB-21)."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from kabinet.identity import limits, queries
from kabinet.identity.enums import QrState
from kabinet.identity.models import QrSignIn, User
from kabinet.identity.parts import EntryPart, require_on
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import take

LIFETIME = timedelta(minutes=2)
# Looked at by nobody once its browser has gone on.
KEPT = timedelta(days=1)
BYTES = 16
LONGEST_AGENT = 300


class QrGone(Refused):
    """Used, refused, run out, or never there: all one answer."""

    message = _("Этот код больше не действует. Откройте новый на том устройстве, где хотите войти.")


@dataclass(frozen=True, slots=True)
class IssuedQr:
    """``code`` goes into the picture; ``browser`` stays in the session of the browser that asked."""

    public_id: uuid.UUID
    code: str
    browser: str


def issue_qr(*, actor: Actor, user_agent: str, at: datetime) -> IssuedQr:
    """Make a code for this browser session.

    :raises PartOff: nobody signs in so here.
    :raises TooManyAttempts: too many codes were asked for from this address.
    """
    require_on(EntryPart.QR)
    take(limits.of_address(limits.QR_ADDRESS, actor.address), at=at)
    code, browser = secrets.token_urlsafe(BYTES), secrets.token_urlsafe(BYTES)
    row = QrSignIn.objects.create(
        digest=_digest(code),
        browser_digest=_digest(browser),
        address=actor.address,
        user_agent=user_agent[:LONGEST_AGENT],
        created_at=at,
        expires_at=at + LIFETIME,
    )
    return IssuedQr(public_id=row.public_id, code=code, browser=browser)


def read_qr(*, public_id: uuid.UUID, code: str, at: datetime) -> queries.QrRow:
    """Give what the person is asked to confirm: which browser, from where, since when.

    :raises PartOff: nobody signs in so here.
    :raises QrGone: it is not waiting any more, or the secret is not its own.
    """
    require_on(EntryPart.QR)
    return queries.to_qr(_waiting(QrSignIn.objects.filter(public_id=public_id).first(), code, at))


@transaction.atomic
def decide_qr(
    *, actor: Actor, public_id: uuid.UUID, code: str, is_confirmed: bool, at: datetime
) -> None:
    """Let the other browser in as the person who acts, or refuse it; either works once.

    :raises PartOff: nobody signs in so here.
    :raises QrGone: it is not waiting any more, or the secret is not its own.
    """
    require_on(EntryPart.QR)
    locked = QrSignIn.objects.select_for_update(of=("self",)).filter(public_id=public_id)
    row = _waiting(locked.first(), code, at)
    row.user_id = queries.person_id(actor)
    row.state = QrState.CONFIRMED if is_confirmed else QrState.REFUSED
    row.decided_at = at
    row.save(update_fields=["user", "state", "decided_at"])
    audit.record(actor, f"identity.qr.{row.state}", row, at=at)


@transaction.atomic
def spend_qr(*, public_id: uuid.UUID, browser: str, at: datetime) -> int:
    """Give the person that the browser which asked may go on as. Works once.

    :raises PartOff: nobody signs in so here.
    :raises QrGone: nobody has confirmed it, it was spent, or another browser asks.
    """
    require_on(EntryPart.QR)
    row = (
        QrSignIn.objects.select_for_update(of=("self",))
        .filter(public_id=public_id, state=QrState.CONFIRMED, expires_at__gt=at)
        .first()
    )
    if row is None or not constant_time_compare(row.browser_digest, _digest(browser)):
        raise QrGone
    assert row.user_id is not None  # noqa: S101 -- the table's constraint
    if not User.objects.filter(pk=row.user_id, is_active=True).exists():
        raise QrGone
    row.state = QrState.SPENT
    row.save(update_fields=["state"])
    return row.user_id


def void_confirmed_qr(*, user_id: int) -> None:
    """Let nobody go on by a code that the person's browsers have confirmed: they are all being turned out."""
    confirmed = QrSignIn.objects.filter(user_id=user_id, state=QrState.CONFIRMED)
    confirmed.update(state=QrState.REFUSED)


def forget_old_qr(*, at: datetime) -> int:
    return QrSignIn.objects.filter(created_at__lt=at - KEPT).delete()[0]


def _waiting(row: QrSignIn | None, code: str, at: datetime) -> QrSignIn:
    is_good = (
        row is not None
        and row.state == QrState.WAITING
        and row.expires_at > at
        and constant_time_compare(row.digest, _digest(code))
    )
    if row is None or not is_good:
        raise QrGone
    return row


def _digest(secret: str) -> str:
    return salted_hmac("kabinet.qr-sign-in", secret, algorithm="sha256").hexdigest()
