from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from kabinet.identity import operations
from kabinet.identity.enums import CodePurpose
from kabinet.identity.models import User
from kabinet.identity.operations.codes import CodeBurnt, CodeExpired, CodeWrong
from kabinet.identity.passwords import PasswordRefused
from kabinet.kernel.actors import Actor
from kabinet.kernel.limits import TooManyAttempts
from tests.identity.conftest import IVAN, NOON, PASSWORD, PHONE, VISITOR
from tests.identity.mail import last_code, other_code, texts

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
NEW = "жёлтый лист летит"


def _start(identifier=IVAN, at=NOON):
    return operations.ask_code(
        actor=VISITOR, purpose=CodePurpose.RECOVERY, identifier=identifier, at=at
    )


def _confirm(code_id, code, at=NOON):
    operations.confirm_code(
        actor=VISITOR, purpose=CodePurpose.RECOVERY, code_id=code_id, code=code, at=at
    )


def _choose(code_id, password=NEW, at=NOON):
    return operations.choose_password(actor=VISITOR, code_id=code_id, password=password, at=at)


@pytest.mark.parametrize("identifier", [IVAN, PHONE])
def test_the_code_then_the_password_and_every_contact_is_told(person, identifier):
    code_id = _start(identifier)
    _confirm(code_id, last_code(identifier.value))

    assert _choose(code_id) == person

    user = User.objects.get(pk=person)
    assert (user.check_password(NEW), user.check_password(PASSWORD)) == (True, False)
    assert "Пароль от вашего личного кабинета изменён" in texts("ivan@example.ru")[-1]
    assert "Пароль от вашего личного кабинета изменён" in texts("+79123456789")[-1]


def test_a_password_without_a_confirmed_code_is_refused(person):
    code_id = _start()

    with pytest.raises(CodeExpired):
        _choose(code_id)

    assert User.objects.get(pk=person).check_password(PASSWORD)


def test_a_confirmed_code_sets_one_password_only(person):
    code_id = _start()
    _confirm(code_id, last_code("ivan@example.ru"))
    _choose(code_id)

    with pytest.raises(CodeExpired):
        _choose(code_id, "другая фраза подлиннее")

    assert User.objects.get(pk=person).check_password(NEW)


def test_a_refused_password_leaves_the_step_open(person):
    code_id = _start()
    _confirm(code_id, last_code("ivan@example.ru"))
    with pytest.raises(PasswordRefused):
        _choose(code_id, "коротко")

    assert _choose(code_id) == person


def test_a_confirmed_code_waits_a_quarter_of_an_hour(person):
    code_id = _start()
    _confirm(code_id, last_code("ivan@example.ru"))

    with pytest.raises(CodeExpired):
        _choose(code_id, at=NOON + 15 * MINUTE)


def test_a_replayed_code_is_refused(person):
    code_id = _start()
    code = last_code("ivan@example.ru")
    _confirm(code_id, code)

    with pytest.raises(CodeExpired):
        _confirm(code_id, code)


def test_five_wrong_tries_burn_it(person):
    code_id = _start()
    right = last_code("ivan@example.ru")
    for _try in range(4):
        with pytest.raises(CodeWrong):
            _confirm(code_id, other_code(right))
    with pytest.raises(CodeBurnt):
        _confirm(code_id, other_code(right))
    with pytest.raises(CodeBurnt):
        _confirm(code_id, right)


def test_an_unknown_contact_gets_a_note_and_the_same_answer(person, django_assert_num_queries):
    with django_assert_num_queries(13):
        _start()
    with django_assert_num_queries(13):
        unknown = _start(replace(IVAN, value="nobody@example.ru"))

    assert last_code("nobody@example.ru") == ""
    with pytest.raises(CodeWrong):
        _confirm(unknown, "000000")


def test_an_unproven_address_recovers_nothing(db):
    User.objects.create_user(email="ivan@example.ru", password=PASSWORD)

    _start()

    assert last_code("ivan@example.ru") == ""


def test_a_disabled_person_recovers_nothing(person):
    User.objects.filter(pk=person).update(is_active=False)

    _start()

    assert last_code("ivan@example.ru") == ""


def test_a_person_disabled_meanwhile_sets_no_password(person):
    code_id = _start()
    _confirm(code_id, last_code("ivan@example.ru"))
    User.objects.filter(pk=person).update(is_active=False)

    with pytest.raises(CodeExpired):
        _choose(code_id)

    assert User.objects.get(pk=person).check_password(PASSWORD)


def test_the_own_password_changes_only_with_the_current_one(person):
    actor = Actor.customer(person)
    with pytest.raises(operations.WrongPassword):
        operations.change_password(actor=actor, current="не тот пароль", new=NEW, at=NOON)
    assert User.objects.get(pk=person).check_password(PASSWORD)

    operations.change_password(actor=actor, current=PASSWORD, new=NEW, at=NOON)

    assert User.objects.get(pk=person).check_password(NEW)


def test_the_current_password_cannot_be_guessed_without_end(person):
    actor = Actor.customer(person)
    for _try in range(5):
        with pytest.raises(operations.WrongPassword):
            operations.change_password(actor=actor, current="не тот пароль", new=NEW, at=NOON)

    with pytest.raises(TooManyAttempts):
        operations.change_password(actor=actor, current=PASSWORD, new=NEW, at=NOON)

    assert User.objects.get(pk=person).check_password(PASSWORD)
