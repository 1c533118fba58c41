"""The rest of what an attacker tries: what only a recent proof opens, endless passwords, codes and steps out of turn."""

from __future__ import annotations

import threading
import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as live
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kabinet.identity import operations
from kabinet.identity.enums import CodePurpose, OnboardingStep
from kabinet.identity.models import Consent, OneTimeCode, User
from kabinet.identity.operations import leaving
from kabinet.identity.queries import required_documents
from kabinet.kernel.actors import Actor, ActorKind
from tests.identity.mail import last_code, other_code, texts
from tests.web.entry import (
    EMAIL,
    PASSWORD,
    PHONE,
    is_signed_in,
    make_person,
    sign_in,
    sign_up,
    ticks,
)
from tests.web.test_entry_attacks import NEW, grow_old, temporary_password
from tests.web.test_entry_sign_in import CountingHasher

pytestmark = pytest.mark.django_db
RECOVERY, RECOVERY_CODE = "account_reset_password", "account_confirm_password_reset_code"
CHOOSE = "account_complete_password_reset"


@pytest.fixture(autouse=True)
def _sms(settings):
    settings.SMS_CONNECTOR = "mailbox"
    settings.SITE_URL = "http://localhost:8000"


@pytest.fixture
def signed_in(client):
    make_person()
    sign_in(client)
    client.get(reverse("profile"))
    return client


NO_ID = uuid.UUID(int=1)
SENSITIVE = [
    ("contact-change", ["email"], "get post"),
    ("contact-change", ["phone"], "get post"),
    ("contact-remove", ["email"], "get post"),
    ("mfa_add_webauthn", [], "get post"),
    ("mfa_remove_webauthn", [1], "post"),
    ("mfa_activate_totp", [], "get post"),
    ("mfa_deactivate_totp", [], "post"),
    ("mfa_generate_recovery_codes", [], "post"),
    ("outside-link", [], "get post"),
    ("service-unlink", ["vk"], "get post"),
    ("own-data", [], "post"),
    ("own-data-file", [NO_ID], "get"),
    ("leave-confirm", [], "get post"),
    ("card-new", [], "get post"),
]


@pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize(("name", "args", "verbs"), SENSITIVE)
def test_what_a_stranger_at_an_open_browser_must_not_do_asks_who_is_there(
    signed_in, name, args, verbs, htmx
):
    place = reverse(name, args=args)
    for verb in verbs.split():
        fresh = getattr(signed_in, verb)(place)
        assert reverse("account_reauthenticate") not in fresh.headers.get("Location", "")
        if not User.objects.exists():
            return  # what was asked for was to leave
    grow_old(signed_in)

    for verb in verbs.split():
        asked = getattr(signed_in, verb)(place, headers=htmx)
        assert asked.status_code == 302
        assert asked.url.startswith(reverse("account_reauthenticate"))


def test_leaving_for_good_asks_who_is_there(signed_in):
    grow_old(signed_in)

    asked = signed_in.post(reverse("leave-confirm"))

    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert User.objects.count() == 1


class TestEndlessPasswords:
    """Ten thousand signs are hashed nowhere and end nothing."""

    LONG = "яё" * 5000

    @pytest.fixture(autouse=True)
    def _counted(self, settings):
        settings.PASSWORD_HASHERS = [f"{CountingHasher.__module__}.CountingHasher"]

    def refused(self, client, place, **fields):
        CountingHasher.runs = 0
        answer = client.post(reverse(place), fields)
        return answer.status_code, CountingHasher.runs

    def test_in_recovery(self, client):
        make_person()
        client.post(reverse(RECOVERY), {"identifier": EMAIL})
        client.post(reverse(RECOVERY_CODE), {"code": last_code(EMAIL)})

        assert self.refused(client, CHOOSE, new=self.LONG, repeat=self.LONG) == (422, 0)
        assert self.refused(client, CHOOSE, new=NEW, repeat=self.LONG) == (422, 0)
        assert client.post(reverse(CHOOSE), {"new": NEW, "repeat": NEW}).status_code == 302

    def test_in_recovery_that_begins_with_it(self, client, settings):
        settings.RECOVERY = "password_first"
        make_person()
        fields = {"identifier": EMAIL, "new": self.LONG, "repeat": self.LONG}

        assert self.refused(client, RECOVERY, **fields) == (422, 0)
        assert not OneTimeCode.objects.exists()

    def test_in_place_of_a_temporary_one(self, client, settings):
        settings.RECOVERY = "temporary"
        make_person()
        client.post(reverse(RECOVERY), {"identifier": EMAIL})
        assert self.refused(client, "account_login", login=EMAIL, password=self.LONG) == (422, 0)
        sign_in(client, password=temporary_password())

        assert self.refused(client, "own-password", new=self.LONG, repeat=self.LONG) == (422, 0)
        assert User.objects.get().check_password(PASSWORD)

    def test_as_a_first_one(self, signed_in):
        User.objects.update(password="!none")
        person = User.objects.get()
        browser = Client()
        browser.post(reverse("account_request_login_code"), {"identifier": EMAIL})
        browser.post(reverse("account_confirm_login_code"), {"code": last_code(EMAIL)})
        fields = {"new": self.LONG, "repeat": self.LONG}

        assert self.refused(browser, "account_change_password", **fields) == (422, 0)
        person.refresh_from_db()
        assert not person.has_usable_password()

    def test_at_signing_up_twice(self, client, settings):
        settings.SIGN_UP_PASSWORD_REPEAT = True
        fields = {"identifier": EMAIL, **ticks(), "password": self.LONG, "repeat": self.LONG}

        assert self.refused(client, "account_signup", **fields) == (422, 0)
        fields["password"] = PASSWORD
        assert self.refused(client, "account_signup", **fields) == (422, 0)


class TestCodesOutOfTurn:
    def test_a_code_opens_only_what_it_was_sent_for(self, client):
        """Six digits of one errand typed at every other."""
        make_person()
        Client().post(reverse("account_request_login_code"), {"identifier": EMAIL})
        row = OneTimeCode.objects.get()
        code, actor = last_code(EMAIL), Actor(ActorKind.NOBODY, address="203.0.113.7")
        others = [purpose for purpose in CodePurpose if purpose is not CodePurpose.SIGN_IN]

        for purpose in others:
            with pytest.raises(operations.CodeRefused):
                operations.confirm_code(
                    actor=actor,
                    purpose=purpose,
                    code_id=row.public_id,
                    code=code,
                    at=timezone.now(),
                )

        assert operations.sign_in_by_code(
            actor=actor, code_id=row.public_id, code=code, at=timezone.now()
        )

    def test_the_new_password_s_page_waits_for_the_code(self, client):
        make_person()
        client.post(reverse(RECOVERY), {"identifier": EMAIL})
        client.post(reverse(RECOVERY_CODE), {"code": other_code(last_code(EMAIL))})

        answer = client.post(reverse(CHOOSE), {"new": NEW, "repeat": NEW})

        assert answer.url == reverse(RECOVERY_CODE)
        assert User.objects.get().check_password(PASSWORD)

    def test_the_contact_is_not_exchanged_between_sending_and_typing(self, client):
        """What is typed later is compared with what was sent, wherever the session's own copy points."""
        make_person()
        make_person(email="olga@example.ru", phone=None)
        thief = Client()
        thief.post(reverse("account_request_login_code"), {"identifier": "olga@example.ru"})
        session = thief.session
        code_id, kind, _value = session["sign_in_code"]
        session["sign_in_code"] = [code_id, kind, EMAIL]
        session.save()

        thief.post(reverse("account_confirm_login_code"), {"code": last_code("olga@example.ru")})

        page = thief.get(reverse("profile")).content.decode()
        assert "olga@example.ru" in page
        assert EMAIL not in page

    def test_the_owner_s_new_address_makes_the_old_one_s_codes_worthless(self, client):
        make_person()
        thief = Client()
        thief.post(reverse("account_request_login_code"), {"identifier": EMAIL})
        code = last_code(EMAIL)
        User.objects.update(email="moved@example.ru")

        thief.post(reverse("account_confirm_login_code"), {"code": code})

        assert not is_signed_in(thief)


class TestConsents:
    @pytest.mark.parametrize(
        "forged",
        [
            {},
            {"user-agreement-0": "on", "personal-data-0": "on"},
            {"documents": "1,2,3", "document_ids": "1"},
        ],
        ids=str,
    )
    def test_nobody_signs_up_without_them(self, client, forged):
        form = {"identifier": EMAIL, "password": PASSWORD, **forged}

        assert client.post(reverse("account_signup"), form).status_code == 422
        assert not OneTimeCode.objects.exists()

    def test_numbers_of_documents_that_are_none_are_not_accepted(self):
        person = make_person(consents=False)
        acceptance = operations.Acceptance(
            document_ids=frozenset({10**9}), channel="consent-page", user_agent=""
        )

        operations.give_consents(
            actor=Actor.customer(person.pk), acceptance=acceptance, at=timezone.now()
        )

        assert not Consent.objects.exists()

    @pytest.mark.parametrize("pressed", ["agree", "link", "onward", "done", "", "later"])
    @pytest.mark.parametrize("step", [OnboardingStep.GREETING, OnboardingStep.CHOICE])
    def test_the_first_steps_lead_past_no_document(self, client, settings, step, pressed):
        settings.CONSENT_MODE = "screen"
        make_person(consents=False)
        User.objects.update(onboarding=step)
        sign_in(client)

        client.post(reverse("onboarding"), {"go": pressed, **ticks()})
        page = client.get(reverse("profile"))

        agreed = Consent.objects.count() == len(required_documents())
        assert agreed == (pressed == "agree" and step is OnboardingStep.CHOICE)
        assert (page.status_code == 200) == agreed


@pytest.mark.django_db(transaction=True)
def test_of_many_who_leave_at_once_with_one_who_comes_in_nobody_stays(settings):
    """A sign-in that is under way while its person leaves ends nowhere, and nothing falls over."""
    operations.publish_initial_documents(at=timezone.now())
    person = make_person()
    gate, faults, browsers = threading.Barrier(4), [], []

    def leave():
        leaving.ask_deletion(actor=Actor.customer(person.pk), at=timezone.now())

    def come():
        browser = Client(raise_request_exception=False)
        browsers.append(browser)
        if sign_in(browser).status_code >= 500:
            faults.append("fault")

    def run(act):
        try:
            gate.wait(timeout=10)
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in (leave, come, come, come)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not User.objects.exists()
    assert not Authenticator.objects.exists()
    for browser in browsers:
        assert browser.get(reverse("profile")).url.startswith(reverse("account_login"))
    assert faults == []


def test_the_session_s_cookie_is_no_script_s_and_no_other_site_s(client, settings):
    make_person()
    answer = sign_in(client)

    cookie = answer.cookies[live.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert not cookie["domain"]
    assert "no-store" in client.get(reverse("profile")).headers["Cache-Control"]


def test_no_secret_is_left_lying_in_rows_or_sessions(client, settings):
    settings.RECOVERY = "temporary"
    sign_up(client)
    make_person(email="olga@example.ru", phone=PHONE)
    other = Client()
    other.post(reverse(RECOVERY), {"identifier": PHONE})
    temporary = texts(PHONE)[-1]

    rows = str([vars(row) for row in OneTimeCode.objects.all()])
    assert last_code(EMAIL) not in rows
    assert not any(word in rows for word in temporary.split() if word.count("-") == 3)
    assert PASSWORD not in str(dict(client.session))
