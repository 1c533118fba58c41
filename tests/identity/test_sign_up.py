from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from procrastinate.contrib.django import app

from kabinet.channels.models import Delivery
from kabinet.identity import operations
from kabinet.identity.enums import CodePurpose, ConsentChannel
from kabinet.identity.models import Consent, LegalDocument, OneTimeCode, User
from kabinet.identity.operations.codes import CodeBurnt, CodeExpired, CodeTooSoon, CodeWrong
from kabinet.identity.passwords import PasswordRefused
from kabinet.kernel.actors import Actor, ActorKind
from kabinet.kernel.limits import TooManyAttempts
from kabinet.kernel.models import AuditEntry
from tests.identity.conftest import IVAN, NOON, PASSWORD, PHONE, VISITOR
from tests.identity.mail import last_code, other_code, texts

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)


def test_a_code_makes_a_person_with_a_proven_address_and_consents(start, confirm):
    pending = start()
    assert User.objects.count() == 0

    user = User.objects.get(pk=confirm(pending, last_code("ivan@example.ru")))

    assert (user.email, user.phone, user.check_password(PASSWORD)) == (
        "ivan@example.ru",
        None,
        True,
    )
    assert EmailAddress.objects.get(user=user).verified is True
    given = Consent.objects.filter(user=user).order_by("document__slug")
    assert [consent.document.slug for consent in given] == [
        "personal-data-consent",
        "user-agreement",
    ]
    assert {(c.channel, c.address, c.user_agent, c.given_at, c.withdrawn_at) for c in given} == {
        (ConsentChannel.SIGN_UP, "203.0.113.7", "Firefox", NOON, None)
    }
    assert AuditEntry.objects.filter(action="identity.person.create").count() == 1


def test_a_code_by_sms_makes_a_person_with_a_proven_phone(start, confirm):
    user = User.objects.get(pk=confirm(start(PHONE), last_code("+79123456789")))

    assert (user.email, user.phone, user.phone_verified) == (None, "+79123456789", True)


def test_the_sms_fills_itself_in_on_phones(start, settings):
    settings.SITE_URL = "https://lk.example.ru"

    start(PHONE)

    assert (
        texts("+79123456789")[0].splitlines()[-1] == f"@lk.example.ru #{last_code('+79123456789')}"
    )


def test_only_a_keyed_hash_of_the_code_is_kept(start):
    pending = start()
    code = last_code("ivan@example.ru")
    row = OneTimeCode.objects.get()

    assert len(code) == 6
    assert len(row.digest) == 64
    assert code not in str(vars(row))
    assert code not in str(pending.to_session())
    assert PASSWORD not in str(pending.to_session())


def test_a_wrong_code_says_how_many_tries_are_left(start, confirm):
    pending = start()

    with pytest.raises(CodeWrong) as refused:
        confirm(pending, other_code(last_code("ivan@example.ru")))

    assert str(refused.value) == "Код не подошёл. Осталось попыток: 4."
    assert User.objects.count() == 0


def test_five_wrong_tries_burn_the_code(start, confirm):
    pending = start()
    right = last_code("ivan@example.ru")
    for _try in range(4):
        with pytest.raises(CodeWrong):
            confirm(pending, other_code(right))
    with pytest.raises(CodeBurnt):
        confirm(pending, other_code(right))

    with pytest.raises(CodeBurnt):
        confirm(pending, right)

    assert User.objects.count() == 0


def test_a_code_lives_five_minutes(start, confirm):
    pending = start()
    code = last_code("ivan@example.ru")

    with pytest.raises(CodeExpired):
        confirm(pending, code, at=NOON + 5 * MINUTE)
    assert confirm(pending, code, at=NOON + 5 * MINUTE - SECOND)


def test_a_code_works_once(start, confirm):
    pending = start()
    code = last_code("ivan@example.ru")
    confirm(pending, code)

    with pytest.raises(CodeExpired):
        confirm(pending, code)

    assert User.objects.count() == 1


def test_a_code_of_another_person_does_not_fit(start, confirm):
    start()
    foreign = last_code("ivan@example.ru")
    pending = start(PHONE)
    if foreign == last_code("+79123456789"):
        foreign = other_code(foreign)

    with pytest.raises(CodeWrong):
        confirm(pending, foreign)


def test_a_code_for_another_purpose_does_not_fit(person, start, confirm):
    recovery = operations.ask_code(
        actor=VISITOR, purpose=CodePurpose.RECOVERY, identifier=IVAN, at=NOON
    )
    genuine = last_code("ivan@example.ru")
    pending = start(replace(IVAN, value="petr@example.ru"))
    swapped = replace(pending, code_id=str(recovery))

    with pytest.raises(CodeExpired):
        confirm(swapped, genuine)
    assert User.objects.count() == 1


def test_a_digest_copied_to_another_code_fits_nothing(start, confirm):
    start()
    genuine = last_code("ivan@example.ru")
    pending = start(PHONE)
    row = OneTimeCode.objects.get(public_id=pending.code_id)
    row.digest = OneTimeCode.objects.get(identifier="ivan@example.ru").digest
    row.save()

    with pytest.raises(CodeWrong):
        confirm(pending, genuine)


def test_a_new_code_waits_a_minute_and_cancels_the_old_one(start, confirm):
    pending = start()
    old = last_code("ivan@example.ru")
    with pytest.raises(CodeTooSoon) as refused:
        operations.resend_sign_up(pending=pending, at=NOON + MINUTE - SECOND)
    assert refused.value.retry_at == NOON + MINUTE

    renewed = operations.resend_sign_up(pending=pending, at=NOON + MINUTE)

    with pytest.raises(CodeExpired):
        confirm(pending, old, at=NOON + MINUTE)
    if old != last_code("ivan@example.ru"):
        with pytest.raises(CodeWrong):
            confirm(renewed, old, at=NOON + MINUTE)
    assert confirm(renewed, last_code("ivan@example.ru"), at=NOON + MINUTE)


def test_five_codes_go_out_within_an_hour_whoever_asks(start):
    for minute in range(5):
        start(at=NOON + minute * MINUTE)

    with pytest.raises(CodeTooSoon) as refused:
        start(at=NOON + 10 * MINUTE, actor=Actor(ActorKind.NOBODY, address="198.51.100.1"))

    assert refused.value.retry_at == NOON + 60 * MINUTE
    assert len(texts("ivan@example.ru")) == 5
    start(at=NOON + 60 * MINUTE)


def test_an_occupied_contact_gets_a_note_and_the_same_answer(person, start, confirm):
    pending = start()
    stranger = start(replace(IVAN, value="free@example.ru"))

    assert set(pending.to_session()) == set(stranger.to_session())
    assert last_code("ivan@example.ru") == ""
    assert "у вас уже есть личный кабинет" in texts("ivan@example.ru")[-1]
    with pytest.raises(CodeWrong):
        confirm(pending, "000000")
    assert User.objects.count() == 1


def test_an_occupied_phone_gets_a_note_without_a_code(person, start):
    start(PHONE)

    assert "у вас уже есть личный кабинет" in texts("+79123456789")[-1]
    assert last_code("+79123456789") == ""


def test_free_and_occupied_cost_the_same_queries(person, start, django_assert_num_queries):
    with django_assert_num_queries(14) as occupied:
        start()
    with django_assert_num_queries(14) as free:
        start(replace(IVAN, value="free@example.ru"))

    assert len(occupied) == len(free)


def test_without_every_tick_nothing_is_sent(ticked):
    with pytest.raises(operations.ConsentMissing):
        operations.start_sign_up(
            actor=VISITOR,
            identifier=IVAN,
            password=PASSWORD,
            document_ids=frozenset(list(ticked)[:1]),
            at=NOON,
        )

    assert Delivery.objects.count() == 0
    assert OneTimeCode.objects.count() == 0


def test_a_weak_password_sends_nothing(start):
    with pytest.raises(PasswordRefused):
        start(password="ivan@example.ru")

    assert Delivery.objects.count() == 0


def test_without_an_sms_connector_phones_are_refused_honestly(start, settings):
    settings.SMS_CONNECTOR = ""

    with pytest.raises(operations.PhoneClosed):
        start(PHONE)

    assert Delivery.objects.count() == 0
    assert start(IVAN)


def test_one_address_cannot_sign_up_without_end(start):
    for number in range(30):
        start(replace(IVAN, value=f"a{number}@example.ru"))

    with pytest.raises(TooManyAttempts):
        start(replace(IVAN, value="one-more@example.ru"))

    assert texts("one-more@example.ru") == []


def test_letters_name_the_site_of_the_settings(person, start, settings):
    settings.SITE_URL = "https://lk.example.ru"

    start()

    assert "https://lk.example.ru/login/" in texts("ivan@example.ru")[-1]


def test_a_taken_contact_is_refused_when_made_directly(person):
    with pytest.raises(operations.IdentifierTaken):
        operations.create_person(
            actor=VISITOR,
            person=operations.NewPerson(phone="+7 912 345 67 89"),
            password=PASSWORD,
            at=NOON,
        )

    assert User.objects.count() == 1


def test_old_codes_are_forgotten_after_a_day(start):
    start()

    assert operations.forget_old_codes(at=NOON + 24 * 60 * MINUTE) == 0
    assert operations.forget_old_codes(at=NOON + 24 * 60 * MINUTE + SECOND) == 1


def test_the_nightly_task_clears_codes_and_sessions(start, client):
    start(at=dt.datetime.now(tz=dt.UTC) - dt.timedelta(days=2))
    session = client.session
    session.set_expiry(-1)
    session.save()

    app.tasks["identity.forget"](timestamp=0)

    assert OneTimeCode.objects.count() == 0
    assert Session.objects.count() == 0


def test_without_a_text_to_accept_nobody_signs_up(db):
    LegalDocument.objects.all().delete()

    with pytest.raises(operations.SignUpClosed):
        operations.start_sign_up(
            actor=VISITOR, identifier=IVAN, password=PASSWORD, document_ids=frozenset(), at=NOON
        )

    assert Delivery.objects.count() == 0
