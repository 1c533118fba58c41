"""What an attacker is told of who is registered here, by words, size, cookies, queries and hashes: nothing."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kabinet.identity.models import User
from tests.identity.mail import last_code, other_code, texts
from tests.web.entry import EMAIL, PASSWORD, PHONE, is_signed_in, make_person, sign_in, ticks
from tests.web.keys import app_code
from tests.web.test_entry_sign_in import CountingHasher

pytestmark = pytest.mark.django_db
NEW = "жёлтый лист летит"
FREE = "free@example.ru"
FREE_PHONE = "+79990000000"


@pytest.fixture(autouse=True)
def _counted(settings):
    settings.SMS_CONNECTOR = "mailbox"
    settings.PASSWORD_HASHERS = [f"{CountingHasher.__module__}.CountingHasher"]


def seen(response, *named):
    """All that the answer tells but what was typed, random tokens and the clock."""
    page = response.content.decode()
    for text in named:
        page = page.replace(text, "")
    page = re.sub(r'(?:name="csrfmiddlewaretoken" value|nonce)="[^"]+"', "", page)
    page = re.sub(r"olga\d+(?:@example\.ru)?", "", page)
    page = re.sub(r"\d+:\d\d|data-countdown=\"\d+\"", "", page)
    told = (response.status_code, response.get("Location", ""), sorted(response.headers))
    cookies = sorted(name for name in response.cookies if name != "csrftoken")
    return (*told, cookies, page)


def step(client, place, data, *named):
    """One request: what it tells, and what it took."""
    CountingHasher.runs = 0
    with CaptureQueriesContext(connection) as queries:
        response = client.post(place, data)
    return seen(response, *named), len(queries), CountingHasher.runs


def shown(identifier):
    """How the pages write it: as it was typed, and as people read it."""
    digits = identifier.removeprefix("+7")
    read = f"+7 {digits[:3]} {digits[3:6]}-{digits[6:8]}-{digits[8:]}".replace(" ", "\u00a0")
    return (identifier, identifier.replace("+", "&#x2B;"), read, read.replace("+", "&#x2B;"))


def guess(client, name, identifier, *args):
    """Type a wrong code, and give what is told beside it."""
    sent = last_code(identifier) if texts(identifier) else ""
    code = other_code(sent or "123456")
    return step(client, reverse(name, args=args), {"code": code}, *shown(identifier), code)


def try_password(identifier):
    client = Client()
    place = reverse("account_login")
    return [step(client, place, {"login": identifier, "password": "не тот"}, *shown(identifier))]


def try_code(identifier):
    client, named = Client(), shown(identifier)
    start, confirm = "account_request_login_code", "account_confirm_login_code"
    told = [step(client, reverse(start), {"identifier": identifier}, *named)]
    told.append((seen(client.get(reverse(confirm)), *named), 0, 0))
    told.append(guess(client, confirm, identifier))
    return [*told, step(client, reverse("account_login_code_resend"), {}, *named)]


def try_recovery(identifier):
    client, named = Client(), shown(identifier)
    start, confirm = "account_reset_password", "account_confirm_password_reset_code"
    told = [step(client, reverse(start), {"identifier": identifier}, *named)]
    told.append((seen(client.get(reverse(confirm)), *named), 0, 0))
    told.append(guess(client, confirm, identifier))
    told.append(
        step(client, reverse("account_complete_password_reset"), {"new": NEW, "repeat": NEW})
    )
    return [*told, step(client, reverse("account_reset_password_resend"), {}, *named)]


def try_recovery_with_password(identifier):
    client, named = Client(), shown(identifier)
    form = {"identifier": identifier, "new": NEW, "repeat": NEW}
    told = [step(client, reverse("account_reset_password"), form, *named)]
    return [*told, guess(client, "account_confirm_password_reset_code", identifier)]


def try_sign_up(identifier):
    client, named = Client(), shown(identifier)
    form = {"identifier": identifier, "password": PASSWORD, **ticks()}
    told = [step(client, reverse("account_signup"), form, *named)]
    told.append(guess(client, "account_signup_code", identifier))
    return [*told, step(client, reverse("account_signup_resend"), {}, *named)]


def try_sign_up_by_link(identifier):
    client, named = Client(), shown(identifier)
    form = {"identifier": identifier, "password": PASSWORD, **ticks()}
    told = [step(client, reverse("account_signup"), form, *named)]
    told.append((seen(client.get(reverse("account_signup_sent")), *named), 0, 0))
    return [*told, step(client, reverse("account_signup_resend"), {}, *named)]


def try_contact(identifier):
    client, named = Client(), shown(identifier)
    make_person(email=f"olga{User.objects.count()}@example.ru", phone=None)
    sign_in(client, User.objects.latest("pk").email)
    client.get(reverse("profile"))
    kind = "email" if "@" in identifier else "phone"
    told = [step(client, reverse("contact-change", args=[kind]), {"contact": identifier}, *named)]
    told.append(guess(client, "contact-code", identifier, kind))
    return [*told, step(client, reverse("contact-code-resend", args=[kind]), {}, *named)]


TRIES = {
    row.__name__: row
    for row in (
        try_password,
        try_code,
        try_recovery,
        try_recovery_with_password,
        try_sign_up,
        try_sign_up_by_link,
        try_contact,
    )
}


@pytest.fixture
def _as_needed(request, settings):
    if "with_password" in request.node.callspec.params["tried"]:
        settings.RECOVERY = "password_first"
    if "by_link" in request.node.callspec.params["tried"]:
        settings.SIGN_UP_PROOF = "link"


@pytest.mark.usefixtures("_as_needed")
@pytest.mark.parametrize(("known", "free"), [(EMAIL, FREE), (PHONE, FREE_PHONE)])
@pytest.mark.parametrize("tried", TRIES)
def test_known_and_unknown_are_told_the_same_at_the_same_cost(tried, known, free):
    make_person()
    # The first one fills what is kept between requests.
    TRIES[tried]("first@example.ru" if "@" in known else "+79991112233")

    assert TRIES[tried](known) == TRIES[tried](free)


def of_another_service():
    User.objects.update(password="!none")


def shut_out():
    User.objects.update(is_active=False)


def has_proved_nothing():
    User.objects.update(phone_verified=False)
    EmailAddress.objects.update(verified=False)


def has_the_second_step():
    owner = Client()
    sign_in(owner)
    secret = owner.get(reverse("mfa_activate_totp")).context["secret"].replace(" ", "")
    owner.post(reverse("mfa_activate_totp"), {"code": app_code(secret)})


KINDS = {
    row.__name__: row
    for row in (of_another_service, shut_out, has_proved_nothing, has_the_second_step)
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tried", ["try_password", "try_code", "try_recovery"])
def test_whatever_kind_of_person_it_is(tried, kind):
    make_person()
    KINDS[kind]()
    TRIES[tried]("first@example.ru")

    assert TRIES[tried](EMAIL) == TRIES[tried](FREE)


def test_a_person_who_is_shut_out_is_told_so_by_the_right_password_alone(client):
    make_person()
    User.objects.update(is_active=False)

    assert sign_in(client, password="не тот").status_code == 422
    assert sign_in(client).url == reverse("account_inactive")
    assert not is_signed_in(client)


def test_a_block_is_told_alike_and_costs_alike():
    make_person()

    def story(identifier):
        return [try_password(identifier)[0] for _time in range(7)]

    story("first@example.ru")
    known, free = story(EMAIL), story(FREE)

    assert [told[0][0] for told in free] == [422] * 5 + [429] * 2
    assert known == free


def test_codes_asked_for_too_soon_are_refused_alike():
    make_person()

    def story(identifier):
        named = shown(identifier)
        place = reverse("account_request_login_code")
        return [step(Client(), place, {"identifier": identifier}, *named) for _time in range(3)]

    story("first@example.ru")
    assert story(EMAIL) == story(FREE)


def test_a_deployment_may_say_who_is_known(settings):
    """The comparison above would see a difference: here is one."""
    settings.REVEAL_EXISTENCE = True
    make_person()
    try_recovery("first@example.ru")

    assert try_recovery(EMAIL) != try_recovery(FREE)
    assert try_sign_up(EMAIL) != try_sign_up(FREE)
