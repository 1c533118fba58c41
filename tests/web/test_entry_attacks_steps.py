"""Half a sign-in is none: what an attacker makes of a first step, an old proof, a session that should be dead."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse
from django.utils import timezone

from kabinet.config.urls import urlpatterns as real_urls
from kabinet.identity.models import User
from kabinet.identity.operations import keys, leaving
from kabinet.kernel.actors import Actor
from kabinet.web.entry.proving import recently_proved
from tests.identity.mail import last_code
from tests.web.entry import EMAIL, PASSWORD, PHONE, is_signed_in, make_person, sign_in
from tests.web.keys import Device, app_code
from tests.web.test_entry_attacks import (
    NEW,
    RECOVERY,
    RECOVERY_CODE,
    grow_old,
    temporary_password,
    with_session_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
STEP = "/login/second-step/"
DONE: list[str] = []


@recently_proved
def important(request: HttpRequest) -> HttpResponse:
    DONE.append(request.method)
    return HttpResponse("done")


urlpatterns = [path("important/", important), *real_urls]


@pytest.fixture(autouse=True)
def _own(settings):
    settings.SMS_CONNECTOR = "mailbox"
    settings.SITE_URL = "http://localhost:8000"
    DONE.clear()


@pytest.fixture
def secret(db):
    """Of somebody who has the second step on."""
    make_person()
    owner = Client()
    sign_in(owner)
    secret = owner.get(reverse("mfa_activate_totp")).context["secret"].replace(" ", "")
    owner.post(reverse("mfa_activate_totp"), {"code": app_code(secret)})
    return secret


def next_code(secret):
    return {"code": app_code(secret, later=1)}


class TestTheFirstStepAlone:
    def test_the_code_ends_it(self, client, secret):
        sign_in(client)

        client.post(STEP, next_code(secret))

        assert is_signed_in(client)

    def test_it_is_of_no_use_in_a_session_planted_before(self, client, secret):
        client.post(reverse("qr-sign-in"))  # a session is there before
        thief = with_session_of(client)
        sign_in(client)

        assert thief.get(STEP).status_code == 302
        thief.post(STEP, next_code(secret))

        assert not is_signed_in(thief)
        client.post(STEP, next_code(secret))
        assert is_signed_in(client)

    def test_it_ends_with_the_password_it_was_made_with(self, client, secret):
        sign_in(client)
        owner = Client()
        sign_in(owner)
        owner.post(STEP, next_code(secret))
        change = {"current": PASSWORD, "new": NEW, "repeat": NEW}
        assert owner.post(reverse("account_change_password"), change).status_code == 302

        answer = client.post(STEP, {"code": spare(owner)})

        assert not is_signed_in(client)
        assert answer.url == reverse("account_login")

    @pytest.mark.parametrize("fate", ["shut out", "deleted"])
    def test_it_leads_nobody_in_who_is_shut_out_or_gone(self, client, secret, fate):
        sign_in(client)
        if fate == "deleted":
            User.objects.all().delete()
        else:
            User.objects.update(is_active=False)

        answer = client.post(STEP, next_code(secret))

        assert answer.status_code == 302
        assert not is_signed_in(client)

    def test_it_opens_no_page_and_proves_nothing(self, client, secret):
        sign_in(client)

        for place in ("profile", "devices", "mfa_index", "home", "account_reauthenticate"):
            assert client.get(reverse(place)).url.startswith(reverse("account_login"))
        client.post("/important/")
        assert DONE == []

    def test_somebody_elses_first_step_is_not_ended_by_the_own_code(self, client, secret):
        make_person(email="olga@example.ru", phone=None)
        sign_in(client, "olga@example.ru")  # she has no second step
        client.post(reverse("account_logout"))
        sign_in(client)

        client.post(STEP, {"code": "000000"})

        assert not is_signed_in(client)

    @pytest.mark.parametrize("way", ["code", "recovery", "temporary"])
    def test_no_way_by_a_contact_leads_round_it(self, client, secret, settings, way):
        if way == "code":
            client.post(reverse("account_request_login_code"), {"identifier": EMAIL})
            client.post(reverse("account_confirm_login_code"), {"code": last_code(EMAIL)})
        elif way == "recovery":
            settings.RECOVERY = "password_first"
            client.post(reverse(RECOVERY), {"identifier": EMAIL, "new": NEW, "repeat": NEW})
            client.post(reverse(RECOVERY_CODE), {"code": last_code(EMAIL)})
        else:
            settings.RECOVERY = "temporary"
            client.post(reverse(RECOVERY), {"identifier": EMAIL})
            sign_in(client, password=temporary_password())

        assert not is_signed_in(client)
        client.post(STEP, next_code(secret))
        assert is_signed_in(client)

    def test_a_remembered_session_that_was_left_asks_again(self, client, secret):
        sign_in(client, remember="on")
        client.post(STEP, next_code(secret))
        client.post(reverse("account_logout"))

        answer = sign_in(client, remember="on")

        assert (answer.url, is_signed_in(client)) == (STEP, False)

    def test_a_passkey_begun_and_given_up_does_not_stand_in_for_the_code(self, client, secret):
        client.post(reverse("passkey-question"))
        client.post(reverse("mfa_login_webauthn"), {"credential": "{}"})

        answer = sign_in(client)

        assert (answer.url, is_signed_in(client)) == (STEP, False)

    def test_a_qr_code_confirmed_for_somebody_shut_out_does_not_stand_in_for_the_code(
        self, client, secret
    ):
        phone = Client()
        sign_in(phone)
        phone.post(STEP, next_code(secret))
        client.post(reverse("qr-sign-in"))
        public_id, code, _browser = client.session["qr"]
        phone.post(reverse("qr-ask", args=[public_id, code]), {"do": "confirm"})
        User.objects.update(is_active=False)
        client.post(reverse("qr-finish"))
        User.objects.update(is_active=True)

        answer = sign_in(client)

        assert (answer.url, is_signed_in(client)) == (STEP, False)


def spare(owner):
    """One of the spare codes, as its owner reads it."""
    grow_young(owner)
    owner.post(reverse("mfa_generate_recovery_codes"))
    return owner.get(reverse("mfa_view_recovery_codes")).context["codes"][0]


def grow_young(client):
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time()
    session.save()


class TestProof:
    @pytest.fixture
    def long_ago(self, client):
        make_person()
        sign_in(client)
        grow_old(client)
        return client

    def test_a_fresh_one_lets_through(self, client):
        make_person()
        sign_in(client)

        client.post("/important/")

        assert DONE == ["POST"]

    @pytest.mark.parametrize("verb", ["get", "post", "head"])
    @pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}, {"X-Requested-With": "x"}])
    def test_no_request_gets_past_it(self, long_ago, verb, headers):
        getattr(long_ago, verb)("/important/", headers=headers)
        getattr(long_ago, verb)("/important/?next=/important/", headers=headers)

        assert DONE == []

    def test_a_code_that_was_sent_for_something_else_is_none(self, long_ago):
        Client().post(reverse("account_request_login_code"), {"identifier": EMAIL})
        stolen = last_code(EMAIL)
        long_ago.post(reverse("prove-send"))
        own = last_code(PHONE)
        assert stolen != own

        long_ago.post(reverse("prove-code"), {"code": stolen})
        long_ago.get("/important/")
        assert DONE == []

        long_ago.post(reverse("prove-code"), {"code": own})
        long_ago.get("/important/")
        assert DONE == ["GET"]

    def test_a_code_proves_once(self, long_ago):
        long_ago.post(reverse("prove-send"))
        code = {"code": last_code(PHONE)}
        long_ago.post(reverse("prove-code"), code)
        long_ago.get("/important/")
        assert DONE == ["GET"]
        grow_old(long_ago)

        long_ago.post(reverse("prove-code"), code)

        long_ago.get("/important/")
        assert DONE == ["GET"]

    def test_proving_in_one_browser_proves_nothing_in_another(self, long_ago):
        other = Client()
        sign_in(other)

        long_ago.get("/important/")
        other.get("/important/")

        assert DONE == ["GET"]

    def test_somebody_elses_password_proves_nothing(self, long_ago):
        make_person(email="olga@example.ru", phone=None, password="совсем другой пароль")

        long_ago.post(reverse("account_reauthenticate"), {"password": "совсем другой пароль"})

        long_ago.get("/important/")
        assert DONE == []

    def test_a_session_begun_by_a_qr_code_has_proved_nothing(self, client):
        make_person()
        phone = Client()
        sign_in(phone)
        client.post(reverse("qr-sign-in"))
        public_id, code, _browser = client.session["qr"]
        phone.post(reverse("qr-ask", args=[public_id, code]), {"do": "confirm"})
        client.post(reverse("qr-finish"))
        assert is_signed_in(client)

        client.post("/important/")

        assert DONE == []


def begun_by_password(_settings):
    browser = Client()
    sign_in(browser)
    return browser


def begun_and_remembered(_settings):
    browser = Client()
    sign_in(browser, remember="on")
    return browser


def begun_by_code(_settings):
    browser = Client()
    browser.post(reverse("account_request_login_code"), {"identifier": EMAIL, "remember": "on"})
    browser.post(reverse("account_confirm_login_code"), {"code": last_code(EMAIL)})
    return browser


def begun_by_qr(_settings):
    phone, browser = Client(), Client()
    sign_in(phone)
    browser.post(reverse("qr-sign-in"))
    public_id, code, _browser = browser.session["qr"]
    phone.post(reverse("qr-ask", args=[public_id, code]), {"do": "confirm"})
    browser.post(reverse("qr-finish"))
    return browser


def begun_by_passkey(_settings):
    owner, device, browser = Client(), Device(), Client()
    sign_in(owner)
    options = owner.get(reverse("mfa_add_webauthn")).context["options"]
    owner.post(reverse("mfa_add_webauthn"), {"credential": device.create(options)})
    question = browser.post(reverse("passkey-question")).content
    browser.post(reverse("mfa_login_webauthn"), {"credential": device.get(question)})
    return browser


def begun_by_temporary(settings):
    settings.RECOVERY = "temporary"
    browser = Client()
    browser.post(reverse(RECOVERY), {"identifier": EMAIL})
    sign_in(browser, password=temporary_password())
    return browser


BEGUN = {
    "password": begun_by_password,
    "remembered": begun_and_remembered,
    "code": begun_by_code,
    "qr": begun_by_qr,
    "passkey": begun_by_passkey,
    "temporary": begun_by_temporary,
}


def comes_in():
    """The owner, who sets a password first where somebody has come in by a temporary one."""
    owner = Client()
    sign_in(owner)
    if User.objects.get().must_change_password:
        owner.post(reverse("own-password"), {"new": NEW, "repeat": NEW})
    return owner


def new_password(_settings):
    owner = comes_in()
    owner.post(reverse("account_change_password"), {"current": PASSWORD, "new": NEW, "repeat": NEW})
    return owner


def recovery(settings):
    settings.RECOVERY = "code_first"
    owner = Client()
    owner.post(reverse(RECOVERY), {"identifier": EMAIL})
    owner.post(reverse(RECOVERY_CODE), {"code": last_code(EMAIL)})
    owner.post(reverse("account_complete_password_reset"), {"new": NEW, "repeat": NEW})
    return owner


def out_everywhere(_settings):
    owner = comes_in()
    owner.post(reverse("devices-end-others"))
    return owner


def shut_out(_settings):
    User.objects.update(is_active=False)


def left_for_good(settings):
    settings.DELETE_GRACE = dt.timedelta()
    person = User.objects.get()
    leaving.ask_deletion(actor=Actor.customer(person.pk), at=timezone.now())
    make_person()  # with the same address again


ENDS = {
    row.__name__: row for row in (new_password, recovery, out_everywhere, shut_out, left_for_good)
}


class TestDeadSessions:
    @pytest.mark.parametrize("end", ENDS)
    @pytest.mark.parametrize("begun", BEGUN)
    def test_what_should_end_ends_and_stays_ended(self, settings, begun, end):
        settings.CODE_RESEND_AFTER = dt.timedelta()
        make_person()
        thief = BEGUN[begun](settings)
        assert thief.get(reverse("account_logout")).status_code == 200

        owner = ENDS[end](settings)

        assert thief.get(reverse("profile")).url.startswith(reverse("account_login"))
        thief.post(reverse("own-password"), {"new": "пароль злодея", "repeat": "пароль злодея"})
        assert not User.objects.get().check_password("пароль злодея")
        if owner is not None:
            assert owner.get(reverse("account_logout")).status_code == 200

    def test_a_session_ended_in_the_list_lets_no_qr_code_through_that_it_confirmed(self, client):
        make_person()
        sign_in(client)
        phone, screen = Client(), Client()
        sign_in(phone)
        screen.post(reverse("qr-sign-in"))
        public_id, code, _browser = screen.session["qr"]
        phone.post(reverse("qr-ask", args=[public_id, code]), {"do": "confirm"})
        person = User.objects.get()
        session = person.sessions.get(session_key=phone.session.session_key)
        client.post(reverse("device-end", args=[session.public_id]))

        screen.post(reverse("qr-finish"))

        assert not is_signed_in(screen)

    def test_codes_sent_before_a_new_password_open_nothing_after(self, client, settings):
        settings.CODE_RESEND_AFTER = dt.timedelta()
        make_person()
        thief = Client()
        thief.post(reverse(RECOVERY), {"identifier": EMAIL})
        thief.post(reverse(RECOVERY_CODE), {"code": last_code(EMAIL)})
        other = Client()
        other.post(reverse("account_request_login_code"), {"identifier": EMAIL})
        code = last_code(EMAIL)

        new_password(settings)

        evil = {"new": "пароль злодея здесь", "repeat": "пароль злодея здесь"}
        thief.post(reverse("account_complete_password_reset"), evil)
        other.post(reverse("account_confirm_login_code"), {"code": code})
        assert User.objects.get().check_password(NEW)
        assert (is_signed_in(thief), is_signed_in(other)) == (False, False)

    def test_a_temporary_password_sent_before_a_new_one_opens_nothing_after(self, settings):
        settings.RECOVERY = "temporary"
        make_person()
        Client().post(reverse(RECOVERY), {"identifier": EMAIL})
        temporary = temporary_password()
        new_password(settings)

        thief = Client()
        sign_in(thief, password=temporary)

        assert not is_signed_in(thief)

    def test_a_wiped_session_that_comes_again_begins_anew(self, client):
        make_person()
        sign_in(client)
        Session.objects.all().delete()

        assert client.get(reverse("profile")).url.startswith(reverse("account_login"))
        sign_in(client)
        assert client.get(reverse("account_logout")).status_code == 200


def test_a_planned_deletion_is_carried_out_whatever_signs_in_meanwhile(client, settings):
    settings.DELETE_GRACE = dt.timedelta(days=1)
    person = make_person()
    at = timezone.now()
    leaving.ask_deletion(actor=Actor.customer(person.pk), at=at)
    sign_in(client)
    client.post(reverse("qr-sign-in"))
    (due,) = leaving.get_due_deletions(at=at + dt.timedelta(days=2))

    leaving.carry_out_deletion(deletion_id=due, at=at + dt.timedelta(days=2))

    assert client.get(reverse("profile")).url.startswith(reverse("account_login"))
    assert sign_in(Client()).status_code == 422
    assert not Session.objects.filter(session_key=client.session.session_key or "").exists()


def test_a_code_of_an_app_is_not_taken_twice_in_its_half_minute_also_to_turn_the_step_on(secret):
    thief = Client()
    sign_in(thief)

    thief.post(STEP, {"code": app_code(secret)})  # the one that turned it on

    assert not is_signed_in(thief)
    with pytest.raises(keys.SecondStepRefused):
        keys.pass_second_step(
            user_id=User.objects.get().pk, code=app_code(secret), at=timezone.now()
        )
