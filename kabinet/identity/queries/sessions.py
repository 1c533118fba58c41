"""Browsers in which a person is signed in, or is about to be (IDN-25, 37)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet

from kabinet.identity.enums import QrState, SignInWay
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import QrSignIn, SignedInSession
from kabinet.identity.queries.people import person_id, who_proved
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import NotVisible

SESSIONS_SHOWN = 100


class SessionNotFound(NotVisible):
    pass


@dataclass(frozen=True, slots=True)
class SessionRow:
    public_id: uuid.UUID
    way: SignInWay
    user_agent: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class QrRow:
    """What is known of the browser that waits behind a QR code."""

    state: QrState
    user_agent: str
    address: str
    created_at: datetime
    expires_at: datetime


def own_sessions(actor: Actor) -> QuerySet[SignedInSession]:
    return SignedInSession.objects.filter(user_id=person_id(actor))


def get_sessions(*, actor: Actor, session_key: str, at: datetime) -> Sequence[SessionRow]:
    """Give the browsers in which the person is signed in now, this one first, then the last seen."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=at)
    rows = own_sessions(actor).filter(Exists(alive), ended_at=None).order_by("-seen_at", "-pk")
    found = [
        SessionRow(
            public_id=row.public_id,
            way=SignInWay(row.way),
            user_agent=row.user_agent,
            address=row.address,
            began_at=row.began_at,
            seen_at=row.seen_at,
            is_current=row.session_key == session_key,
        )
        for row in rows[:SESSIONS_SHOWN]
    ]
    return sorted(found, key=lambda row: not row.is_current)


def known_device(*, identifier: Identifier, device: str) -> str:
    """Give the browser's digest again if whoever has proved this contact has ever signed in there; else nothing."""
    if not device:
        return ""
    owner = who_proved(identifier).values("pk")
    known = SignedInSession.objects.filter(user__in=owner, device_digest=device)
    return device if known.exists() else ""


def get_qr(*, public_id: uuid.UUID) -> QrRow | None:
    """Give the state of a QR code to whoever holds its id in the own session."""
    row = QrSignIn.objects.filter(public_id=public_id).first()
    return None if row is None else to_qr(row)


def to_qr(row: QrSignIn) -> QrRow:
    return QrRow(
        state=QrState(row.state),
        user_agent=row.user_agent,
        address=row.address,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
