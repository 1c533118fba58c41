"""The list of a person's sessions: begun, seen, ended; and the word to the owner about a new device (IDN-37)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from kabinet.identity import messages, queries
from kabinet.identity.enums import SignInWay
from kabinet.identity.models import SignedInSession
from kabinet.identity.operations.qr import void_confirmed_qr
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor

KEPT = timedelta(days=400)
LONGEST_AGENT = 300
NOTICES_AT_ONCE = 200
# Whoever signs up or recovers has just been written to about it.
TOLD_ELSEWHERE = (SignInWay.SIGN_UP, SignInWay.RECOVERY)


@dataclass(frozen=True, slots=True)
class Browser:
    """From where somebody signs in: the session's key, the mark of the device, its address and its own words."""

    session_key: str
    device_digest: str
    address: str
    user_agent: str


def begin_session(*, user_id: int, browser: Browser, way: SignInWay, at: datetime) -> None:
    """Write down a sign-in. One statement: whether the device is new is looked at later, by the worker."""
    SignedInSession.objects.create(
        user_id=user_id,
        session_key=browser.session_key,
        device_digest=browser.device_digest,
        way=way,
        address=browser.address,
        user_agent=browser.user_agent[:LONGEST_AGENT],
        began_at=at,
        seen_at=at,
    )


def note_seen(*, session_key: str, at: datetime) -> None:
    SignedInSession.objects.filter(session_key=session_key, ended_at=None).update(seen_at=at)


def end_all(*, user_id: int, at: datetime) -> None:
    """Sign the person out everywhere, in the caller's transaction."""
    _end(SignedInSession.objects.filter(user=user_id), at=at)


def keep_going(*, former: str, current: str) -> None:
    """Follow the session in which the person has just changed the password: it alone goes on, under a new key."""
    SignedInSession.objects.filter(session_key=former).update(session_key=current, ended_at=None)


def note_ended(*, session_key: str, at: datetime) -> None:
    """Write down that the person signed out in this browser."""
    SignedInSession.objects.filter(session_key=session_key, ended_at=None).update(ended_at=at)


@transaction.atomic
def end_session(*, actor: Actor, public_id: uuid.UUID, at: datetime) -> None:
    """Sign one of the person's own browsers out; harmless when it has gone already.

    :raises SessionNotFound: it is not the person's.
    """
    row = queries.own_sessions(actor).filter(public_id=public_id).first()
    if row is None:
        raise queries.SessionNotFound
    void_confirmed_qr(user_id=row.user_id)
    if _end(SignedInSession.objects.filter(pk=row.pk), at=at):
        audit.record(actor, "identity.session.end", row, at=at)


@transaction.atomic
def end_other_sessions(*, actor: Actor, session_key: str, at: datetime) -> int:
    """Sign out everywhere but here; gives how many browsers that were."""
    others = queries.own_sessions(actor).exclude(session_key=session_key)
    first = others.filter(ended_at=None).first()
    ended = _end(others, at=at)
    void_confirmed_qr(user_id=queries.person_id(actor))
    if first is not None and ended:
        audit.record(actor, "identity.session.end_others", first, at=at, count=ended)
    return ended


def _end(rows: QuerySet[SignedInSession], *, at: datetime) -> int:
    keys = list(rows.filter(ended_at=None).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    return SignedInSession.objects.filter(session_key__in=keys, ended_at=None).update(ended_at=at)


@transaction.atomic
def tell_of_new_devices(*, at: datetime) -> int:
    """Write to the owners of sign-ins from browsers that they never used before; gives how many were told.

    A person's first sign-in tells nobody anything new.
    """
    earlier = SignedInSession.objects.filter(user=OuterRef("user"), pk__lt=OuterRef("pk"))
    waiting = (
        SignedInSession.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(noticed_at=None)
        .order_by("pk")[:NOTICES_AT_ONCE]
    )
    ids = [row.pk for row in waiting]
    new = (
        SignedInSession.objects.filter(
            ~Exists(earlier.filter(device_digest=OuterRef("device_digest"))),
            ~Q(way__in=TOLD_ELSEWHERE),
            Exists(earlier),
            pk__in=ids,
        )
        .select_related("user")
        .order_by("pk")
    )
    told = list(new)
    for session in told:
        messages.tell_new_device(session=session, at=at)
    SignedInSession.objects.filter(pk__in=ids).update(noticed_at=at)
    return len(told)


def forget_old_sessions(*, at: datetime) -> int:
    """Delete what is too old to tell a known device by; gives how many rows."""
    return SignedInSession.objects.filter(seen_at__lt=at - KEPT).delete()[0]
