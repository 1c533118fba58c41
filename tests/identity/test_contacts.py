"""Changing the own e-mail address and phone (IDN-15, 42, 44, 45), and how others try to."""

from __future__ import annotations

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.db import connection

from kabinet.channels.models import Delivery
from kabinet.identity import operations
from kabinet.identity.enums import CodePurpose, IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import OneTimeCode, User
from kabinet.identity.queries import find_person
from kabinet.kernel.actors import Actor
from kabinet.kernel.limits import TooManyAttempts
from kabinet.kernel.models import AuditEntry
from tests.identity.conftest import IVAN, NOON, PASSWORD, PHONE, VISITOR
from tests.identity.mail import last_code, other_code, texts

pytestmark = pytest.mark.django_db
NEW = Identifier(IdentifierKind.EMAIL, "new@example.ru")
NEW_PHONE = Identifier(IdentifierKind.PHONE, "+79990000001")
EVA = "eva@example.ru"
LATER = NOON + dt.timedelta(minutes=2)


@pytest.fixture
def ivan(person):
    return Actor.customer(person, address="203.0.113.7")


@pytest.fixture
def eva(db):
    pk = operations.create_person(
        actor=VISITOR, person=operations.NewPerson(email=EVA), password=PASSWORD, at=NOON
    )
    return Actor.customer(pk, address="203.0.113.8")


def ask(actor, identifier=NEW, at=NOON):
    return operations.ask_contact(actor=actor, identifier=identifier, at=at)


def confirm(actor, code_id, code, at=NOON):
    return operations.confirm_contact(actor=actor, code_id=code_id, code=code, at=at)


def contacts(actor):
    user = User.objects.get(pk=actor.user_id)
    rows = list(user.emailaddress_set.values_list("email", "verified", "primary"))
    return user.email, user.phone, user.phone_verified, rows


AS_BEFORE = ("ivan@example.ru", "+79123456789", True, [("ivan@example.ru", True, True)])


def test_a_proved_address_takes_the_place_of_the_old_one_and_both_others_are_told(ivan):
    code_id = ask(ivan)
    assert contacts(ivan) == AS_BEFORE

    assert confirm(ivan, code_id, last_code("new@example.ru")) == NEW

    assert contacts(ivan) == (
        "new@example.ru",
        "+79123456789",
        True,
        [("new@example.ru", True, True)],
    )
    assert find_person(NEW).pk == ivan.user_id
    assert find_person(IVAN) is None
    for told in ("ivan@example.ru", "+79123456789"):
        assert "n…@example.ru" in texts(told)[-1]
        assert "new@example.ru" not in texts(told)[-1]
    assert len(texts("new@example.ru")) == 1
    entry = AuditEntry.objects.get(action="identity.contact.change")
    assert (entry.actor_id, entry.details) == (ivan.user_id, {"kind": "email"})


def test_a_phone_is_added_as_a_second_contact(eva):
    code_id = ask(eva, NEW_PHONE)

    confirm(eva, code_id, last_code(NEW_PHONE.value))

    assert contacts(eva) == (EVA, NEW_PHONE.value, True, [(EVA, True, True)])
    assert "+7\u00a0…\u00a000-01" in texts(EVA)[-1]
    assert "войти больше нельзя" not in texts(EVA)[-1]


def test_an_own_contact_that_was_not_proved_is_proved_by_its_code(ivan):
    EmailAddress.objects.update(verified=False)

    confirm(ivan, ask(ivan, IVAN), last_code("ivan@example.ru"))

    assert contacts(ivan) == AS_BEFORE


def test_what_is_proved_already_is_not_asked_again(ivan):
    with pytest.raises(operations.ContactUnchanged):
        ask(ivan, IVAN)

    assert Delivery.objects.count() == 0


def test_an_occupied_contact_is_answered_alike_and_only_its_owner_hears_of_it(ivan, eva):
    def story(identifier):
        with connection.execute_wrapper(count):
            counted.clear()
            code_id = ask(ivan, identifier)
            with pytest.raises(operations.CodeWrong) as wrong:
                confirm(ivan, code_id, "000000")
        return type(code_id), str(wrong.value), len(counted)

    counted = []

    def count(execute, *statement):
        counted.append(statement[0])
        return execute(*statement)

    assert story(Identifier(IdentifierKind.EMAIL, EVA)) == story(NEW)
    assert last_code(EVA) == ""
    assert "уже есть в вашем" in texts(EVA)[-1]
    assert contacts(ivan) == AS_BEFORE


def test_a_deployment_may_say_that_a_contact_is_occupied(ivan, eva, settings):
    settings.REVEAL_EXISTENCE = True

    with pytest.raises(operations.ContactOccupied):
        ask(ivan, Identifier(IdentifierKind.EMAIL, EVA))

    assert texts(EVA) == []
    assert ask(ivan, NEW)


def test_where_no_sms_is_sent_no_phone_is_taken(ivan, settings):
    settings.SMS_CONNECTOR = ""

    with pytest.raises(operations.SmsClosed):
        ask(ivan, NEW_PHONE)


def test_somebody_elses_code_fits_nowhere_and_costs_its_owner_nothing(ivan, eva):
    code_id = ask(ivan)
    code = last_code("new@example.ru")

    for _try in range(6):
        with pytest.raises(operations.CodeExpired):
            confirm(eva, code_id, code)
    with pytest.raises(operations.CodeExpired):
        operations.ask_contact_again(actor=eva, code_id=code_id, at=LATER)

    assert contacts(eva)[0] == EVA
    assert confirm(ivan, code_id, code) == NEW


def test_a_code_for_one_address_takes_no_other(ivan):
    first, second = ask(ivan), ask(ivan, Identifier(IdentifierKind.EMAIL, "evil@example.ru"))
    code = last_code("new@example.ru")

    with pytest.raises(operations.CodeWrong):
        confirm(ivan, second, code)

    assert contacts(ivan) == AS_BEFORE
    assert confirm(ivan, first, code) == NEW


def test_the_first_of_two_tabs_to_prove_ends_the_other(ivan):
    first, second = ask(ivan), ask(ivan, Identifier(IdentifierKind.EMAIL, "two@example.ru"))
    phone = ask(ivan, NEW_PHONE)
    confirm(ivan, second, last_code("two@example.ru"))

    with pytest.raises(operations.CodeExpired):
        confirm(ivan, first, last_code("new@example.ru"))

    assert contacts(ivan)[0] == "two@example.ru"
    assert confirm(ivan, phone, last_code(NEW_PHONE.value)) == NEW_PHONE


def test_a_code_works_once(ivan, eva):
    code_id = ask(ivan)
    code = last_code("new@example.ru")
    confirm(ivan, code_id, code)
    back = ask(ivan, IVAN)
    confirm(ivan, back, last_code("ivan@example.ru"))

    with pytest.raises(operations.CodeExpired):
        confirm(ivan, code_id, code)

    assert contacts(ivan) == AS_BEFORE


def test_five_wrong_codes_burn_it(ivan):
    code_id = ask(ivan)
    code = last_code("new@example.ru")
    for _try in range(5):
        with pytest.raises(operations.CodeRefused):
            confirm(ivan, code_id, other_code(code))

    with pytest.raises(operations.CodeRefused):
        confirm(ivan, code_id, code)

    assert contacts(ivan) == AS_BEFORE


def test_an_old_code_is_too_old(ivan):
    code_id = ask(ivan)

    with pytest.raises(operations.CodeExpired):
        confirm(ivan, code_id, last_code("new@example.ru"), at=NOON + dt.timedelta(minutes=5))

    assert contacts(ivan) == AS_BEFORE


def test_a_new_code_ends_the_former(ivan):
    code_id = ask(ivan)
    former = last_code("new@example.ru")
    with pytest.raises(operations.CodeTooSoon):
        operations.ask_contact_again(actor=ivan, code_id=code_id, at=NOON)

    renewed = operations.ask_contact_again(actor=ivan, code_id=code_id, at=LATER)

    with pytest.raises(operations.CodeExpired):
        confirm(ivan, code_id, former, at=LATER)
    assert confirm(ivan, renewed, last_code("new@example.ru"), at=LATER) == NEW


@pytest.mark.parametrize("purpose", [CodePurpose.SIGN_UP, CodePurpose.SIGN_IN, CodePurpose.PROOF])
def test_a_code_for_another_purpose_proves_no_contact(ivan, purpose):
    code_id = ask(ivan)
    OneTimeCode.objects.update(purpose=purpose)

    with pytest.raises(operations.CodeExpired):
        confirm(ivan, code_id, last_code("new@example.ru"))

    assert contacts(ivan) == AS_BEFORE


def test_a_recovery_that_began_at_the_old_address_ends_with_it(ivan):
    recovery = operations.ask_code(
        actor=VISITOR, purpose=CodePurpose.RECOVERY, identifier=IVAN, at=NOON
    )
    operations.confirm_code(
        actor=VISITOR,
        purpose=CodePurpose.RECOVERY,
        code_id=recovery,
        code=last_code("ivan@example.ru"),
        at=NOON,
    )
    confirm(ivan, ask(ivan), last_code("new@example.ru"))

    with pytest.raises(operations.CodeExpired):
        operations.choose_password(
            actor=VISITOR, code_id=recovery, password="чужой новый пароль", at=NOON
        )

    assert User.objects.get().check_password(PASSWORD)


def test_somebody_registered_the_address_meanwhile(ivan):
    code_id = ask(ivan)
    operations.create_person(
        actor=VISITOR, person=operations.NewPerson(email=NEW.value), password=PASSWORD, at=NOON
    )

    with pytest.raises(operations.ContactOccupied):
        confirm(ivan, code_id, last_code(NEW.value))

    assert contacts(ivan) == AS_BEFORE


def test_naming_a_contact_keeps_it_from_nobody_who_proves_it(ivan, eva):
    User.objects.filter(pk=eva.user_id).update(phone=NEW_PHONE.value)

    confirm(ivan, ask(ivan, NEW_PHONE), last_code(NEW_PHONE.value))

    assert contacts(ivan)[1:3] == (NEW_PHONE.value, True)
    assert contacts(eva) == (EVA, None, False, [(EVA, True, True)])


def test_nobody_has_strangers_written_to_without_end(ivan):
    for number in range(10):
        ask(ivan, Identifier(IdentifierKind.EMAIL, f"stranger{number}@example.ru"))

    with pytest.raises(TooManyAttempts):
        ask(ivan)

    assert texts("new@example.ru") == []


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        (IdentifierKind.EMAIL, (None, "+79123456789", True, [])),
        (IdentifierKind.PHONE, ("ivan@example.ru", None, False, [("ivan@example.ru", True, True)])),
    ],
)
def test_one_of_two_contacts_is_taken_away_and_both_are_told(ivan, kind, left):
    operations.remove_contact(actor=ivan, kind=kind, at=NOON)

    assert contacts(ivan) == left
    for told in ("ivan@example.ru", "+79123456789"):
        assert "убра" in texts(told)[-1]


def test_the_only_proved_contact_stays(ivan, eva):
    User.objects.filter(pk=ivan.user_id).update(phone_verified=False)
    for actor in (ivan, eva):
        with pytest.raises(operations.LastContact):
            operations.remove_contact(actor=actor, kind=IdentifierKind.EMAIL, at=NOON)

    assert contacts(ivan)[:2] == (IVAN.value, PHONE.value)
    assert contacts(eva)[0] == EVA
    assert Delivery.objects.count() == 0


def test_what_is_not_proved_may_go(ivan):
    User.objects.update(phone_verified=False)

    operations.remove_contact(actor=ivan, kind=IdentifierKind.PHONE, at=NOON)

    assert contacts(ivan)[1] is None


def test_what_is_not_there_is_taken_away_without_a_word(eva):
    operations.remove_contact(actor=eva, kind=IdentifierKind.PHONE, at=NOON)

    assert contacts(eva) == (EVA, None, False, [(EVA, True, True)])
    assert Delivery.objects.count() == 0
