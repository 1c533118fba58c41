from __future__ import annotations

import datetime as dt

import pytest

from kabinet.identity import operations
from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.queries import required_documents
from kabinet.kernel.actors import Actor, ActorKind

NOON = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
VISITOR = Actor(ActorKind.NOBODY, address="203.0.113.7")
IVAN = Identifier(IdentifierKind.EMAIL, "ivan@example.ru")
PHONE = Identifier(IdentifierKind.PHONE, "+79123456789")
PASSWORD = "соловей поёт в саду"


@pytest.fixture(autouse=True)
def _sms(settings):
    settings.SMS_CONNECTOR = "mailbox"


@pytest.fixture
def ticked(db):
    return frozenset(row.pk for row in required_documents())


@pytest.fixture
def start(ticked):
    def start(identifier=IVAN, *, at=NOON, password=PASSWORD, actor=VISITOR):
        return operations.start_sign_up(
            actor=actor, identifier=identifier, password=password, document_ids=ticked, at=at
        )

    return start


@pytest.fixture
def confirm():
    def confirm(pending, code, *, at=NOON, actor=VISITOR):
        return operations.confirm_sign_up(
            actor=actor, pending=pending, code=code, user_agent="Firefox", at=at
        )

    return confirm


@pytest.fixture
def person(db):
    """Somebody registered by e-mail and by phone."""
    return operations.create_person(
        actor=VISITOR,
        person=operations.NewPerson(email="ivan@example.ru", phone="8 (912) 345-67-89"),
        password=PASSWORD,
        at=NOON,
    )
