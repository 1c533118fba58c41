"""Both contacts of one person found lost in the same moment: one of them stays, or nobody could sign in."""

from __future__ import annotations

import pytest

from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import User
from kabinet.identity.operations.unreachable import doubt_contact
from kabinet.identity.queries import find_person
from tests.hands import at_once
from tests.identity.conftest import IVAN, NOON, PHONE

pytestmark = pytest.mark.django_db(transaction=True)


def proven() -> list[Identifier]:
    return [contact for contact in (IVAN, PHONE) if find_person(contact)]


def test_of_two_contacts_lost_at_once_one_stays_confirmed(person):
    acts = [
        lambda contact=contact: doubt_contact(identifier=contact, at=NOON)
        for contact in (IVAN, PHONE)
    ]

    at_once(*acts * 3)

    assert len(proven()) == 1


def test_a_contact_of_nobody_and_one_that_is_doubted_already_change_nothing(person):
    doubt_contact(identifier=PHONE, at=NOON)
    before = list(User.objects.values())

    doubt_contact(identifier=PHONE, at=NOON)
    doubt_contact(identifier=Identifier(PHONE.kind, "+79990000000"), at=NOON)

    assert list(User.objects.values()) == before
    assert proven() == [IVAN]
