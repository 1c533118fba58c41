"""Two windows, two people, one account at Gosuslugi: threads on the real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection

from kabinet.identity import operations
from kabinet.identity.enums import Service
from kabinet.identity.models import User
from kabinet.identity.newcomers import Newcomer
from kabinet.identity.queries import required_documents
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from tests.identity.conftest import NOON, VISITOR
from tests.web.entry import make_person

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 6
VERA = Newcomer(Service.ESIA, "1000299353", "Смирнова Вера", email="vera@example.ru")


def at_once(act):
    """Run it in threads that start together; give each result, or the refusal's name."""
    gate = Barrier(MANY)

    def run(number):
        try:
            gate.wait(timeout=10)
            act(number)
        except Refused as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(MANY) as pool:
        return sorted(pool.map(run, range(MANY)))


@pytest.fixture(autouse=True)
def _documents(transactional_db):
    operations.publish_initial_documents(at=NOON)


def test_many_windows_make_one_person():
    ticked = frozenset(row.pk for row in required_documents())

    outcomes = at_once(
        lambda _number: operations.create_from_service(
            actor=VISITOR, newcomer=VERA, document_ids=ticked, user_agent="", at=NOON
        )
    )

    assert outcomes == sorted(["done"] + ["IdentifierTaken"] * (MANY - 1))
    assert User.objects.count() == SocialAccount.objects.count() == 1


def test_one_account_there_opens_one_cabinet_here():
    people = [make_person(email=f"p{number}@example.ru", phone=None) for number in range(MANY)]

    outcomes = at_once(
        lambda number: operations.link_service(
            actor=Actor.customer(people[number].pk), newcomer=VERA, at=NOON
        )
    )

    assert outcomes == sorted(["done"] + ["LinkedElsewhere"] * (MANY - 1))
    assert SocialAccount.objects.count() == 1


def test_one_cabinet_is_opened_by_one_account_of_a_service():
    person = make_person()
    accounts = [Newcomer(Service.ESIA, str(number), "") for number in range(1, MANY + 1)]

    outcomes = at_once(
        lambda number: operations.link_service(
            actor=Actor.customer(person.pk), newcomer=accounts[number], at=NOON
        )
    )

    assert outcomes == sorted(["done"] + ["AnotherLinked"] * (MANY - 1))
    assert SocialAccount.objects.count() == 1
