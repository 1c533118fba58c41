"""Many at once: threads on the real database, each in its own transaction."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from django.db import connection

from kabinet.channels.models import Delivery
from kabinet.identity import operations
from kabinet.identity.enums import CodePurpose, IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import OneTimeCode, User
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from tests.identity.conftest import IVAN, NOON, PASSWORD, PHONE, VISITOR
from tests.identity.mail import last_code, other_code

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 6


def _at_once(act):
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


def test_two_browsers_confirm_one_phone_and_one_person_is_made(start, confirm):
    first = start(PHONE)
    first_code = last_code("+79123456789")
    OneTimeCode.objects.update(sent_at=NOON.replace(hour=8))
    second = start(PHONE)
    second_code = last_code("+79123456789")
    attempts = [(first, first_code), (second, second_code)]

    outcomes = _at_once(lambda number: confirm(*attempts[number % 2]))

    assert outcomes.count("done") == 1
    assert "IdentifierTaken" in outcomes
    assert set(outcomes) <= {"done", "IdentifierTaken", "CodeExpired"}
    assert User.objects.filter(phone="+79123456789").count() == 1


def test_one_code_typed_many_times_at_once_works_once(start, confirm):
    pending = start(IVAN)
    code = last_code("ivan@example.ru")

    outcomes = _at_once(lambda _number: confirm(pending, code))

    assert outcomes == ["CodeExpired"] * (MANY - 1) + ["done"]
    assert User.objects.count() == 1


def test_many_guesses_at_once_still_get_five_tries(start, confirm):
    pending = start(IVAN)
    wrong = other_code(last_code("ivan@example.ru"))

    outcomes = _at_once(lambda _number: confirm(pending, wrong))

    assert outcomes == ["CodeBurnt", "CodeBurnt", *["CodeWrong"] * 4]
    assert OneTimeCode.objects.get().tries == 5


def test_many_sign_ups_at_once_send_one_code(ticked, start):
    outcomes = _at_once(lambda _number: start(IVAN))

    assert outcomes == ["CodeTooSoon"] * (MANY - 1) + ["done"]
    assert Delivery.objects.filter(recipient="ivan@example.ru").count() == 1


def test_a_confirmed_recovery_sets_one_password(person):
    code_id = operations.ask_code(
        actor=VISITOR, purpose=CodePurpose.RECOVERY, identifier=IVAN, at=NOON
    )
    operations.confirm_code(
        actor=VISITOR,
        purpose=CodePurpose.RECOVERY,
        code_id=code_id,
        code=last_code("ivan@example.ru"),
        at=NOON,
    )

    outcomes = _at_once(
        lambda number: operations.choose_password(
            actor=VISITOR, code_id=code_id, password=f"длинная фраза {number}", at=NOON
        )
    )

    assert outcomes == ["CodeExpired"] * (MANY - 1) + ["done"]


def test_one_person_is_created_directly_once(db):
    outcomes = _at_once(
        lambda _number: operations.create_person(
            actor=VISITOR,
            person=operations.NewPerson(email="Ivan@Example.ru"),
            password="соловей поёт в саду",
            at=NOON,
        )
    )

    assert outcomes == ["IdentifierTaken"] * (MANY - 1) + ["done"]


def test_two_people_prove_one_address_at_once_and_one_has_it():
    actors = [_register(f"person{number}@example.ru") for number in range(MANY)]
    attempts = []
    for number, actor in enumerate(actors):
        at = NOON + dt.timedelta(minutes=61 * number)
        code_id = operations.ask_contact(actor=actor, identifier=IVAN, at=at)
        attempts.append((actor, code_id, last_code("ivan@example.ru")))
    OneTimeCode.objects.update(expires_at=NOON + dt.timedelta(days=2))

    def act(number):
        actor, code_id, code = attempts[number]
        operations.confirm_contact(actor=actor, code_id=code_id, code=code, at=NOON)

    assert _at_once(act) == ["ContactOccupied"] * (MANY - 1) + ["done"]
    assert User.objects.filter(email="ivan@example.ru").count() == 1
    assert EmailAddress.objects.filter(email="ivan@example.ru").count() == 1


def test_one_person_proves_two_addresses_at_once_and_one_row_is_left():
    actor = _register("old@example.ru")
    addresses = [
        Identifier(IdentifierKind.EMAIL, f"new{number}@example.ru") for number in range(MANY)
    ]
    attempts = [
        (operations.ask_contact(actor=actor, identifier=address, at=NOON), last_code(address.value))
        for address in addresses
    ]

    def act(number):
        code_id, code = attempts[number]
        operations.confirm_contact(actor=actor, code_id=code_id, code=code, at=NOON)

    assert _at_once(act) == ["CodeExpired"] * (MANY - 1) + ["done"]
    user = User.objects.get(pk=actor.user_id)
    assert [row.email for row in user.emailaddress_set.all()] == [user.email]


def _register(email):
    pk = operations.create_person(
        actor=VISITOR, person=operations.NewPerson(email=email), password=PASSWORD, at=NOON
    )
    return Actor.customer(pk, address="203.0.113.7")
