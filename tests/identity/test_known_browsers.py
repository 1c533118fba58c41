"""A stranger with patience shuts nobody out who comes from a browser of their own (IDN-31)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kabinet.identity import devices, operations
from kabinet.identity.enums import CodePurpose, IdentifierKind
from kabinet.identity.identifiers import Identifier
from kabinet.identity.models import OneTimeCode, SignedInSession, User
from kabinet.identity.operations import CodeTooSoon
from kabinet.kernel.actors import Actor, ActorKind
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import TooManyAttempts
from kabinet.kernel.models import AttemptLimit
from tests.identity.conftest import IVAN, NOON, PHONE, VISITOR
from tests.identity.mail import last_code, other_code, texts
from tests.web.entry import EMAIL, is_signed_in, make_person, sign_in

pytestmark = pytest.mark.django_db
HOME = "d" * 64
SIGN_IN, RECOVERY = CodePurpose.SIGN_IN, CodePurpose.RECOVERY
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def stranger(number):
    return Actor(ActorKind.NOBODY, address=f"198.51.{number // 250}.{number % 250}")


def named(email):
    return Identifier(IdentifierKind.EMAIL, email)


@pytest.fixture
def at_home(person):
    """A browser in which Ivan has signed in before."""
    SignedInSession.objects.create(
        user_id=person,
        session_key="long over",
        device_digest=HOME,
        way="code",
        began_at=NOON,
        seen_at=NOON,
        ended_at=NOON,
    )
    return HOME


def ask(at, *, actor=VISITOR, device="", purpose=SIGN_IN, identifier=IVAN):
    return operations.ask_code(
        actor=actor, purpose=purpose, identifier=identifier, at=at, device=device
    )


def besiege(at, purpose=SIGN_IN):
    """Ask for all the codes that may go out, and guess at each till nobody listens any more."""
    for number in range(5):
        asker = stranger(number)
        code_id = ask(at - (5 - number) * MINUTE, actor=asker, purpose=purpose)
        wrong = other_code(last_code(IVAN.value))
        for _try in range(6):
            with pytest.raises(Refused):
                operations.confirm_code(
                    actor=asker, purpose=purpose, code_id=code_id, code=wrong, at=at
                )


@pytest.mark.parametrize("purpose", [SIGN_IN, RECOVERY])
def test_where_strangers_have_all_codes_the_owners_browser_gets_one(person, at_home, purpose):
    besiege(NOON, purpose)
    with pytest.raises(CodeTooSoon):
        ask(NOON, purpose=purpose)

    code_id = ask(NOON, device=at_home, purpose=purpose)

    operations.confirm_code(
        actor=VISITOR, purpose=purpose, code_id=code_id, code=last_code(IVAN.value), at=NOON
    )
    assert OneTimeCode.objects.get(public_id=code_id).confirmed_at == NOON


def test_all_day_and_every_day(person, at_home):
    """Each new block of the strangers is longer; the owner comes in every evening."""
    for day in range(1, 4):
        for hour in range(20):
            at = NOON + dt.timedelta(days=day) + hour * HOUR
            besiege(at)
        evening = at + MINUTE
        with pytest.raises(CodeTooSoon):
            ask(evening)
        code_id = ask(evening, device=at_home)
        came_in = operations.sign_in_by_code(
            actor=VISITOR, code_id=code_id, code=last_code(IVAN.value), at=evening
        )
        assert came_in == person


def test_the_owners_browser_has_limits_of_its_own(at_home):
    for number in range(5):
        ask(NOON + number * MINUTE, device=at_home)
    with pytest.raises(CodeTooSoon) as too_many:
        ask(NOON + 5 * MINUTE, device=at_home)
    assert too_many.value.retry_at == NOON + HOUR

    looked_at = 0
    for number in range(48):
        at = NOON + HOUR + number * 2 * MINUTE
        try:
            code_id = ask(at, device=at_home)
        except CodeTooSoon:
            continue
        for _try in range(5):
            try:
                operations.confirm_code(
                    actor=VISITOR,
                    purpose=SIGN_IN,
                    code_id=code_id,
                    code=other_code(last_code(IVAN.value)),
                    at=at,
                )
            except operations.CodeRefused:
                looked_at += 1
            except TooManyAttempts:
                break
    assert looked_at == 30


def test_neighbours_who_ask_for_many_codes_keep_the_owner_from_none(at_home):
    for number in range(30):
        other = named(f"n{number}@example.ru")
        ask(NOON, identifier=other)
    with pytest.raises(TooManyAttempts):
        ask(NOON)

    assert ask(NOON, device=at_home)


@pytest.mark.parametrize("device", ["", "e" * 64])
def test_a_browser_by_which_nobody_is_known_stands_with_the_strangers(at_home, device):
    besiege(NOON)

    with pytest.raises(CodeTooSoon):
        ask(NOON, device=device)


def test_a_browser_of_one_person_is_not_known_for_another(at_home):
    other = make_person(email="olga@example.ru", phone=None)
    olga = named(other.email)

    ask(NOON, device=at_home, identifier=olga)

    assert OneTimeCode.objects.get(identifier=olga.value).device == ""


def test_a_browser_stays_known_by_each_proved_contact_and_by_no_other(person, at_home):
    ask(NOON, device=at_home, identifier=PHONE)
    assert OneTimeCode.objects.get(identifier=PHONE.value).device == at_home

    User.objects.update(phone_verified=False)
    ask(NOON + MINUTE, device=at_home, identifier=PHONE)
    assert OneTimeCode.objects.latest("pk").device == ""


def test_a_known_browser_learns_nothing_about_other_contacts(at_home):
    def cost(identifier, minute):
        with CaptureQueriesContext(connection) as queries:
            ask(NOON + minute * MINUTE, device=at_home, identifier=identifier)
        return len(queries)

    make_person(email="olga@example.ru", phone=None)
    cost(named("first@example.ru"), 0)

    known = cost(named("olga@example.ru"), 1)
    unknown = cost(named("nobody@example.ru"), 2)

    assert known == unknown


def come_home(**place):
    """Sign in once, so that the browser is known, and out again."""
    client = Client(**place)
    sign_in(client)
    client.post(reverse("account_logout"))
    return client


def test_strangers_from_a_hundred_places_do_not_block_the_password_at_home():
    make_person()
    home = come_home()
    for number in range(101):
        sign_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), EMAIL, "не тот пароль")
    elsewhere = Client(REMOTE_ADDR="203.0.113.99")

    assert sign_in(elsewhere).status_code == 429
    assert sign_in(home).status_code == 302

    # And what the owner did has opened nothing to the strangers.
    assert is_signed_in(home)
    assert sign_in(elsewhere).status_code == 429


def test_the_password_is_not_guessed_without_end_at_home():
    make_person()
    home = come_home()
    answers = [sign_in(home, EMAIL, "не тот пароль").status_code for _try in range(12)]

    # Five as everybody has, five of the browser's own.
    assert answers == [422] * 10 + [429] * 2
    assert sign_in(home).status_code == 429


def test_a_made_up_mark_is_worth_nothing():
    make_person()
    come_home()
    thief = Client()
    thief.cookies[devices.COOKIE] = "A" * 43
    for _try in range(5):
        sign_in(thief, EMAIL, "не тот пароль")

    assert sign_in(thief).status_code == 429
    assert not AttemptLimit.objects.filter(purpose="sign-in known device").exists()


def test_the_pages_pass_the_browsers_mark_on(settings):
    settings.CAPTCHA = "off"
    make_person()
    home = come_home()
    for name in ("account_request_login_code", "account_reset_password"):
        home.post(reverse(name), {"identifier": EMAIL})

    mark = devices.digest(home.cookies[devices.COOKIE].value)
    assert set(OneTimeCode.objects.values_list("purpose", "device")) == {
        ("sign-in", mark),
        ("recovery", mark),
    }
    code_page = home.get(reverse("account_confirm_login_code")).content.decode()
    assert "1:00" in code_page or "0:59" in code_page


def test_a_temporary_password_asked_for_at_home_stands_beside_a_strangers(settings):
    settings.CAPTCHA, settings.RECOVERY = "off", "temporary"
    make_person()
    home = come_home()
    Client().post(reverse("account_reset_password"), {"identifier": EMAIL})
    home.post(reverse("account_reset_password"), {"identifier": EMAIL})
    # Both asked at the same moment: neither has seen the other's.
    OneTimeCode.objects.update(closed_at=None)
    assert OneTimeCode.objects.count() == 2
    newest = texts(EMAIL)[-1]
    password = next(word for word in newest.split() if word.count("-") == 3)

    assert sign_in(home, EMAIL, password).status_code == 302
    assert is_signed_in(home)
