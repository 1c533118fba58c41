"""Two at once: one link and two conversations, one conversation and two cabinets, two windows of one person."""

from __future__ import annotations

import datetime as dt

import pytest

from kabinet.identity.enums import Messenger
from kabinet.identity.messengers import linking
from kabinet.identity.messengers.updates import Deed, Heard
from kabinet.identity.models import LinkedMessenger, MessengerLinking
from kabinet.kernel.actors import Actor
from kabinet.kernel.models import AuditEntry
from tests.hands import at_once
from tests.identity.messengers.bots import BORIS, KSENIA, STRANGER, number_of, point, written
from tests.web.entry import EMAIL, make_person

pytestmark = pytest.mark.django_db(transaction=True)
NOON = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
TELEGRAM = Messenger.TELEGRAM


@pytest.fixture(autouse=True)
def _bots(settings):
    point(settings)


@pytest.fixture
def ksenia():
    return Actor.customer(make_person(consents=False).pk)


@pytest.fixture
def boris():
    return Actor.customer(make_person(email="b@example.ru", phone=None, consents=False).pk)


def start(actor):
    return linking.start_linking(actor=actor, messenger=TELEGRAM, at=NOON)


def hear(issued, person):
    heard = Heard(TELEGRAM, Deed.STARTED, str(person.number), person.full_name, issued.secret)
    linking.hear(heard=heard, at=NOON)


def finish(actor, issued, number):
    linking.finish_linking(
        actor=actor, messenger=TELEGRAM, public_id=issued.public_id, number=number, at=NOON
    )
    return "linked"


def test_of_two_conversations_one_meets_the_link(ksenia):
    issued = start(ksenia)

    at_once(*[lambda one=one: hear(issued, one) for one in (KSENIA, BORIS, STRANGER)])

    met = MessengerLinking.objects.get().account
    said = {one.number: written("telegram", one) for one in (KSENIA, BORIS, STRANGER)}
    assert [len(lines) for lines in said.values()] == [1, 1, 1]
    assert [number for number, (line,) in said.items() if "введите" in line] == [int(met)]


def test_one_conversation_is_linked_to_one_of_two_cabinets(ksenia, boris):
    mine, theirs = start(ksenia), start(boris)
    hear(mine, KSENIA)
    first = number_of("telegram")
    hear(theirs, KSENIA)
    second = number_of("telegram")

    outcomes = at_once(lambda: finish(ksenia, mine, first), lambda: finish(boris, theirs, second))

    assert sorted(map(str, outcomes)) == sorted(["linked", str(linking.AccountLinkedElsewhere)])
    assert LinkedMessenger.objects.count() == 1


def test_the_number_links_once_from_two_windows(ksenia):
    issued = start(ksenia)
    hear(issued, KSENIA)
    number = number_of("telegram")

    outcomes = at_once(*[lambda: finish(ksenia, issued, number)] * 2)

    assert outcomes == ["linked", "linked"]
    assert LinkedMessenger.objects.get().user.email == EMAIL
    assert AuditEntry.objects.filter(action="identity.messenger.link").count() == 1
    assert [line.startswith("Готово") for line in written("telegram")] == [False, True]


def test_a_number_is_not_guessed_faster_by_many_hands(ksenia):
    issued = start(ksenia)
    hear(issued, KSENIA)
    right = int(number_of("telegram"))

    at_once(
        *[lambda n=n: finish(ksenia, issued, f"{(right + n) % 10_000:04d}") for n in range(1, 9)]
    )

    assert MessengerLinking.objects.get().tries == linking.TRIES
    with pytest.raises(linking.LinkingOver):
        finish(ksenia, issued, f"{right:04d}")
