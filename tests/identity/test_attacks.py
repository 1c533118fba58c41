"""What an attacker with patience, or with several browsers at once, tries at the doors of identity."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from kabinet.identity import operations
from kabinet.identity.enums import CodePurpose
from kabinet.identity.models import QrSignIn
from kabinet.kernel.actors import Actor, ActorKind
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import TooManyAttempts
from tests.identity.conftest import IVAN, NOON, VISITOR
from tests.identity.mail import last_code, other_code

DAY = dt.timedelta(days=1)
SIGN_IN, RECOVERY = CodePurpose.SIGN_IN, CodePurpose.RECOVERY


def visitor(number):
    """Somebody at a place where nobody has been before."""
    return Actor(ActorKind.NOBODY, address=f"198.51.{number // 250}.{number % 250}")


def ask(actor, at, purpose=SIGN_IN):
    return operations.ask_code(actor=actor, purpose=purpose, identifier=IVAN, at=at)


def try_code(actor, code_id, code, at, purpose=SIGN_IN):
    operations.confirm_code(actor=actor, purpose=purpose, code_id=code_id, code=code, at=at)


def guess(code_id, actor, at):
    """Try till the code is burnt or nobody listens any more; gives how many guesses were looked at."""
    wrong = other_code(last_code(IVAN.value))
    for tried in range(10):
        try:
            try_code(actor, code_id, wrong, at)
        except operations.CodeBurnt:
            return tried + 1
        except operations.CodeRefused:
            continue
        except TooManyAttempts:
            return tried
    raise AssertionError("a code outlived ten wrong tries")


@pytest.mark.django_db
def test_new_codes_from_new_places_all_day_are_not_guessed_at_without_end(person):
    looked_at, at = 0, NOON
    for number in range(48):
        at = NOON + number * dt.timedelta(minutes=30)
        looked_at += guess(ask(visitor(number), at), visitor(number), at)

    # Not the 240 that five tries for each code would make; and a block lasts longer each time.
    assert looked_at == 90


@pytest.mark.django_db
def test_whoever_was_guessed_at_comes_in_by_a_code_a_day_later(person):
    for number in range(24):
        at = NOON + number * dt.timedelta(hours=1)
        guess(ask(visitor(number), at), visitor(number), at)

    later = NOON + 2 * DAY
    came_in = operations.sign_in_by_code(
        actor=VISITOR, code_id=ask(VISITOR, later), code=last_code(IVAN.value), at=later
    )

    assert came_in == person


@pytest.mark.django_db
def test_guessing_at_codes_to_sign_in_keeps_nobody_from_recovering(person):
    for number in range(6):
        at = NOON + number * dt.timedelta(minutes=30)
        guess(ask(visitor(number), at), visitor(number), at)
    at += dt.timedelta(minutes=2)
    with pytest.raises(TooManyAttempts):
        try_code(VISITOR, ask(VISITOR, at), "000000", at)

    code_id = ask(VISITOR, at, RECOVERY)
    try_code(VISITOR, code_id, last_code(IVAN.value), at, RECOVERY)

    assert operations.choose_password(
        actor=VISITOR, code_id=code_id, password="жёлтый лист летит", at=at
    )


@pytest.mark.django_db
def test_right_codes_are_no_guesses(person):
    for number in range(40):
        at = NOON + number * dt.timedelta(hours=1)
        try_code(VISITOR, ask(VISITOR, at), last_code(IVAN.value), at)


@pytest.mark.django_db(transaction=True)
class TestQrAtOnce:
    MANY = 4

    def test_of_several_who_confirm_one_code_the_browser_goes_on_as_one(self, db):
        people = [make(f"p{number}@example.ru") for number in range(self.MANY)]
        issued = operations.issue_qr(actor=VISITOR, user_agent="Firefox", at=NOON)

        outcomes = self._at_once(lambda number: confirm(people[number], issued))

        assert outcomes == ["QrGone"] * (self.MANY - 1) + ["done"]
        winner = QrSignIn.objects.get().user_id
        assert (
            operations.spend_qr(public_id=issued.public_id, browser=issued.browser, at=NOON)
            == winner
        )

    def test_one_confirmed_code_lets_one_in(self, db):
        issued = operations.issue_qr(actor=VISITOR, user_agent="Firefox", at=NOON)
        confirm(make("ivan@example.ru"), issued)

        outcomes = self._at_once(
            lambda _number: operations.spend_qr(
                public_id=issued.public_id, browser=issued.browser, at=NOON
            )
        )

        assert outcomes == ["QrGone"] * (self.MANY - 1) + ["done"]

    def _at_once(self, act):
        gate = Barrier(self.MANY)

        def run(number):
            try:
                gate.wait(timeout=10)
                act(number)
            except Refused as refusal:
                return type(refusal).__name__
            finally:
                connection.close()
            return "done"

        with ThreadPoolExecutor(self.MANY) as pool:
            return sorted(pool.map(run, range(self.MANY)))


def make(email):
    return operations.create_person(
        actor=VISITOR,
        person=operations.NewPerson(email=email),
        password="соловей поёт в саду",
        at=NOON,
    )


def confirm(user_id, issued):
    operations.decide_qr(
        actor=Actor.customer(user_id),
        public_id=issued.public_id,
        code=issued.code,
        is_confirmed=True,
        at=NOON,
    )
