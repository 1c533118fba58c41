"""What an attacker tries at the pages of entry, each refusal beside the genuine request that works."""

from __future__ import annotations

import datetime as dt
import re
import time
from urllib.parse import urlsplit

import pytest
from django.conf import settings as live
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse

from kabinet.config.urls import urlpatterns as real_urls
from kabinet.identity.models import User
from kabinet.web.entry.proving import recently_proved
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
from tests.web.keys import Device, app_code
from tests.web.test_entry_sign_in import CountingHasher

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
NEW = "жёлтый лист летит"
RECOVERY, RECOVERY_CODE = "account_reset_password", "account_confirm_password_reset_code"
CHOOSE = "account_complete_password_reset"
SECOND_STEP = "/login/second-step/"
SIGN_UP = {"identifier": EMAIL, "password": PASSWORD}


@recently_proved
def important(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"done {request.method}")


urlpatterns = [path("important/", important), *real_urls]


@pytest.fixture(autouse=True)
def _sms(settings):
    settings.SMS_CONNECTOR = "mailbox"


def grow_old(client):
    """Let an hour pass since the person showed who they are."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 3600
    session.save()


def with_session_of(client):
    """A second browser that knows the session key of the first: planted there, or read over a shoulder."""
    thief = Client()
    thief.cookies[live.SESSION_COOKIE_NAME] = client.cookies[live.SESSION_COOKIE_NAME].value
    return thief


class TestProving:
    @pytest.fixture
    def long_ago(self, client):
        make_person()
        sign_in(client)
        grow_old(client)
        return client

    def test_what_was_sent_and_given_up_is_not_done_when_the_page_is_opened_later(self, long_ago):
        long_ago.post("/important/")
        long_ago.get("/important/")

        done = long_ago.post(reverse("account_reauthenticate"), proof("/important/"))

        assert (done.status_code, done.url) == (302, "/important/")

    def test_what_was_sent_in_one_tab_is_not_done_by_proving_for_another(self, long_ago):
        long_ago.post("/important/")

        done = long_ago.post(reverse("account_reauthenticate"), proof(reverse("profile")))

        assert done.url == reverse("profile")
        again = long_ago.post(reverse("account_reauthenticate"), proof("/important/"))
        assert (again.status_code, again.url) == (302, "/important/")

    def test_what_one_person_has_sent_is_not_done_for_the_next_at_the_same_browser(self, long_ago):
        long_ago.post("/important/")
        long_ago.post(reverse("account_logout"))
        make_person(email="olga@example.ru", phone=None)
        sign_in(long_ago, "olga@example.ru")

        done = long_ago.post(reverse("account_reauthenticate"), proof("/important/"))

        assert (done.status_code, done.url) == (302, "/important/")


def proof(following):
    return {"password": PASSWORD, "next": following}


def by_password(client, _settings):
    make_person()
    client.post(reverse("qr-sign-in"))  # a session is there before
    yield
    sign_in(client)


def by_code(client, _settings):
    make_person()
    client.post(reverse("account_request_login_code"), {"identifier": EMAIL})
    yield
    client.post(reverse("account_confirm_login_code"), {"code": last_code(EMAIL)})


def by_qr(client, _settings):
    make_person()
    phone = Client()
    sign_in(phone)
    client.post(reverse("qr-sign-in"))
    public_id, code, _browser = client.session["qr"]
    phone.post(reverse("qr-ask", args=[public_id, code]), {"do": "confirm"})
    yield
    client.post(reverse("qr-finish"))


def by_passkey(client, settings):
    settings.SITE_URL = "http://localhost:8000"
    device = own_device()
    question = client.post(reverse("passkey-question")).content
    yield
    client.post(reverse("mfa_login_webauthn"), {"credential": device.get(question)})


def by_sign_up(client, _settings):
    sign_up(client)
    yield
    client.post(reverse("account_signup_code"), {"code": last_code(EMAIL)})


def by_link(client, settings):
    settings.SIGN_UP_PROOF = "link"
    sign_up(client)
    yield
    client.post(letter_link())


def by_temporary(client, settings):
    settings.RECOVERY = "temporary"
    make_person()
    client.post(reverse(RECOVERY), {"identifier": EMAIL})
    client.post(reverse("qr-sign-in"))  # a session is there before
    yield
    sign_in(client, password=temporary_password())


WAYS = {
    "password": by_password,
    "code": by_code,
    "qr": by_qr,
    "passkey": by_passkey,
    "sign_up": by_sign_up,
    "link": by_link,
    "temporary": by_temporary,
}


def own_device():
    """The passkey of somebody who is registered."""
    make_person()
    owner, device = Client(), Device()
    sign_in(owner)
    options = owner.get(reverse("mfa_add_webauthn")).context["options"]
    owner.post(reverse("mfa_add_webauthn"), {"credential": device.create(options)})
    return device


def letter_link():
    found = re.search(r"https?://\S+/signup/link/\S+", texts(EMAIL)[-1])[0]
    return urlsplit(found).path


def temporary_password():
    return re.search(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}", texts(EMAIL)[-1])[0]


class TestSessionFixation:
    def test_a_session_planted_before_recovery_sets_no_password(self, client):
        make_person()
        client.post(reverse(RECOVERY), {"identifier": EMAIL})
        thief = with_session_of(client)
        client.post(reverse(RECOVERY_CODE), {"code": last_code(EMAIL)})

        thief.post(reverse(CHOOSE), {"new": "пароль злодея здесь", "repeat": "пароль злодея здесь"})

        assert User.objects.get().check_password(PASSWORD)
        assert not is_signed_in(thief)
        client.post(reverse(CHOOSE), {"new": NEW, "repeat": NEW})
        assert User.objects.get().check_password(NEW)

    def test_a_session_planted_before_sign_up_puts_no_password_of_its_own_in(self, client):
        client.post(reverse("qr-sign-in"))  # a session is there before
        thief = with_session_of(client)
        sign_up(client)

        sign_up(thief, password="пароль злодея здесь")
        client.post(reverse("account_signup_code"), {"code": last_code(EMAIL)})

        assert User.objects.get().check_password(PASSWORD)

    def test_a_session_planted_before_a_recovery_puts_no_password_of_its_own_in(
        self, client, settings
    ):
        settings.RECOVERY, settings.CODE_RESEND_AFTER = "password_first", dt.timedelta()
        make_person()
        client.post(reverse("qr-sign-in"))  # a session is there before
        thief = with_session_of(client)
        client.post(reverse(RECOVERY), {"identifier": EMAIL, "new": NEW, "repeat": NEW})
        code = last_code(EMAIL)

        evil = "пароль злодея здесь"
        thief.post(reverse(RECOVERY), {"identifier": EMAIL, "new": evil, "repeat": evil})
        client.post(reverse(RECOVERY_CODE), {"code": code})

        assert User.objects.get().check_password(NEW)

    @pytest.mark.parametrize("way", sorted(WAYS))
    def test_a_session_planted_before_sign_in_is_worthless_after(self, client, settings, way):
        steps = WAYS[way](client, settings)
        next(steps)  # all but the last
        thief = with_session_of(client)

        next(steps, None)

        assert is_signed_in(client)
        assert not is_signed_in(thief)
        assert thief.get(reverse("profile")).status_code == 302


class TestQr:
    """Somebody at an open phone has confirmed a code of theirs; its owner turns them out a moment later."""

    @pytest.fixture
    def thief(self):
        make_person()
        phone, thief = Client(), Client()
        sign_in(phone)
        thief.post(reverse("qr-sign-in"))
        public_id, code, _browser = thief.session["qr"]
        phone.post(reverse("qr-ask", args=[public_id, code]), {"do": "confirm"})
        return thief

    def test_a_confirmed_code_lets_nobody_in_after_a_new_password(self, client, thief):
        sign_in(client)
        change = {"current": PASSWORD, "new": NEW, "repeat": NEW}
        assert client.post(reverse("account_change_password"), change).status_code == 302

        thief.post(reverse("qr-finish"))

        assert not is_signed_in(thief)

    def test_a_confirmed_code_lets_nobody_in_after_signing_out_everywhere(self, client, thief):
        sign_in(client)
        assert client.post(reverse("devices-end-others")).status_code == 302

        thief.post(reverse("qr-finish"))

        assert not is_signed_in(thief)

    def test_without_that_it_does(self, thief):
        thief.post(reverse("qr-finish"))

        assert is_signed_in(thief)


class TestGates:
    """What stands before the cabinet leads on, and never in a ring."""

    def test_a_temporary_password_and_a_missing_consent_lead_on_one_after_the_other(
        self, client, settings
    ):
        settings.RECOVERY = "temporary"
        make_person(consents=False)
        client.post(reverse(RECOVERY), {"identifier": EMAIL})
        sign_in(client, password=temporary_password())

        page = client.get(reverse("home"), follow=True)

        assert (page.status_code, page.request["PATH_INFO"]) == (200, reverse("own-password"))
        client.post(reverse("own-password"), {"new": NEW, "repeat": NEW})
        asked = client.get(reverse("profile"), follow=True)
        assert (asked.status_code, asked.request["PATH_INFO"]) == (200, reverse("consent"))

    @pytest.mark.parametrize("mode", ["tick", "button", "screen"])
    @pytest.mark.parametrize("place", ["home", "onboarding", "consent", "profile", "contact-ask"])
    def test_a_newcomer_with_nothing_accepted_gets_to_a_page(self, client, settings, mode, place):
        settings.CONSENT_MODE = mode
        make_person(consents=False)
        User.objects.update(onboarding="greeting", phone_verified=False)
        sign_in(client)

        assert client.get(reverse(place), follow=True).status_code == 200

    @pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}])
    @pytest.mark.parametrize("verb", ["get", "post"])
    def test_no_request_passes_the_gate_of_consents(self, client, verb, htmx):
        make_person(consents=False)
        sign_in(client)

        answer = getattr(client, verb)(reverse("profile-name"), {"surname": "Петров"}, headers=htmx)

        target = answer.headers.get("HX-Redirect") or answer.headers["Location"]
        assert target.partition("?")[0] == reverse("consent")
        assert User.objects.get().surname == ""

    @pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}])
    @pytest.mark.parametrize("verb", ["get", "post"])
    def test_no_request_passes_the_gate_of_a_temporary_password(self, client, settings, verb, htmx):
        settings.RECOVERY = "temporary"
        make_person()
        client.post(reverse(RECOVERY), {"identifier": EMAIL})
        sign_in(client, password=temporary_password())

        answer = getattr(client, verb)(reverse("profile-name"), {"surname": "Петров"}, headers=htmx)

        target = answer.headers.get("HX-Redirect") or answer.headers["Location"]
        assert target == reverse("own-password")
        assert User.objects.get().surname == ""


class TestSecondStep:
    @pytest.fixture(autouse=True)
    def _owner(self, settings):
        settings.SITE_URL = "http://localhost:8000"
        make_person()
        owner = Client()
        sign_in(owner)
        page = owner.get(reverse("mfa_activate_totp"))
        secret = page.context["secret"].replace(" ", "")
        owner.post(reverse("mfa_activate_totp"), {"code": app_code(secret)})

    def test_recovery_does_not_lead_round_it(self, client):
        client.post(reverse(RECOVERY), {"identifier": EMAIL})
        client.post(reverse(RECOVERY_CODE), {"code": last_code(EMAIL)})

        answer = client.post(reverse(CHOOSE), {"new": NEW, "repeat": NEW})

        assert (answer.url, is_signed_in(client)) == (SECOND_STEP, False)

    def test_a_password_before_the_code_does_not_lead_round_it(self, client, settings):
        settings.RECOVERY = "password_first"
        client.post(reverse(RECOVERY), {"identifier": EMAIL, "new": NEW, "repeat": NEW})

        answer = client.post(reverse(RECOVERY_CODE), {"code": last_code(EMAIL)})

        assert (answer.url, is_signed_in(client)) == (SECOND_STEP, False)

    def test_a_temporary_password_does_not_lead_round_it(self, client, settings):
        settings.RECOVERY = "temporary"
        client.post(reverse(RECOVERY), {"identifier": EMAIL})

        answer = sign_in(client, password=temporary_password())

        assert (answer.url, is_signed_in(client)) == (SECOND_STEP, False)

    def test_who_has_made_the_first_step_only_confirms_no_other_browser(self, client):
        screen = Client()
        screen.post(reverse("qr-sign-in"))
        public_id, code, _browser = screen.session["qr"]
        sign_in(client)

        asked = client.post(reverse("qr-ask", args=[public_id, code]), {"do": "confirm"})

        assert asked.url.startswith(reverse("account_login"))
        screen.post(reverse("qr-finish"))
        assert not is_signed_in(screen)


def test_the_passkey_of_somebody_deleted_or_shut_out_opens_nothing(client, settings):
    settings.SITE_URL = "http://localhost:8000"
    device = own_device()

    def come_in():
        browser = Client()
        question = browser.post(reverse("passkey-question")).content
        browser.post(reverse("mfa_login_webauthn"), {"credential": device.get(question)})
        return is_signed_in(browser)

    assert come_in()
    User.objects.update(is_active=False)
    assert not come_in()
    User.objects.all().delete()
    assert not come_in()


def test_another_spelling_is_not_another_five_tries(client):
    make_person()
    spellings = [PHONE, "8 (912) 345-67-89", "9123456789", "+7 912 345 67 89", "8-912-345-67-89"]

    answers = [sign_in(client, login, "не тот").status_code for login in spellings]

    assert answers == [422] * 5
    assert sign_in(client, "89123456789").status_code == 429
    assert not is_signed_in(client)


def test_links_in_letters_name_the_site_of_the_settings_whatever_host_was_asked(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://kabinet.example"
    settings.SIGN_UP_PROOF = "link"
    make_person(email="olga@example.ru")
    evil = {"host": "evil.example"}

    client.post(reverse("account_signup"), {**SIGN_UP, **ticks()}, headers=evil)
    client.post(reverse(RECOVERY), {"identifier": "petr@example.ru"}, headers=evil)
    client.post(
        reverse("account_signup"),
        {**SIGN_UP, "identifier": "olga@example.ru", **ticks()},
        headers=evil,
    )
    client.post(reverse("qr-sign-in"), headers=evil)

    for recipient in (EMAIL, "petr@example.ru", "olga@example.ru"):
        assert "https://kabinet.example/" in texts(recipient)[-1]
        assert "evil.example" not in texts(recipient)[-1]


@pytest.mark.parametrize("order", ["code_first", "password_first", "temporary"])
def test_recovery_of_known_and_unknown_costs_the_same(settings, order):
    settings.RECOVERY = order
    settings.PASSWORD_HASHERS = [f"{CountingHasher.__module__}.CountingHasher"]
    make_person()
    data = {"new": NEW, "repeat": NEW} if order == "password_first" else {}

    def cost(identifier):
        return spent(reverse(RECOVERY), {"identifier": identifier, **data})

    # The first one fills what is kept between requests.
    cost("first@example.ru")
    known, unknown = cost(EMAIL), cost("nobody@example.ru")

    assert known == unknown
    assert known[0] == 302


def test_asking_for_a_code_to_sign_in_costs_known_and_unknown_the_same():
    make_person()
    place = reverse("account_request_login_code")
    spent(place, {"identifier": "first@example.ru"})

    known, unknown = (
        spent(place, {"identifier": EMAIL}),
        spent(place, {"identifier": "no@example.ru"}),
    )

    assert known == unknown
    assert known[0] == 302


def test_a_wrong_code_costs_known_and_unknown_the_same():
    make_person()
    costs = []
    for identifier in ("first@example.ru", EMAIL, "nobody@example.ru"):
        client = Client()
        client.post(reverse("account_request_login_code"), {"identifier": identifier})
        code = last_code(EMAIL) if identifier == EMAIL else "123456"
        costs.append(
            spent(reverse("account_confirm_login_code"), {"code": other_code(code)}, client)
        )

    assert costs[1] == costs[2]
    assert costs[1][0] == 422


def test_naming_an_occupied_contact_costs_what_a_free_one_costs():
    make_person()
    make_person(email="olga@example.ru", phone=None)
    client = Client()
    sign_in(client)
    client.get(reverse("profile"))
    place = reverse("contact-change", args=["email"])
    spent(place, {"contact": "first@example.ru"}, client)

    occupied = spent(place, {"contact": "olga@example.ru"}, client)
    free = spent(place, {"contact": "nobody@example.ru"}, client)

    assert occupied == free
    assert free[0] == 302


def spent(place, data, client=None):
    """Post, and give the status with what it took: queries and slow hashes."""
    client = client or Client()
    CountingHasher.runs = 0
    with CaptureQueriesContext(connection) as queries:
        status = client.post(place, data).status_code
    return status, len(queries), CountingHasher.runs


LONG = "я" * 10_000


def test_ten_thousand_characters_are_hashed_nowhere(client, settings):
    settings.PASSWORD_HASHERS = [f"{CountingHasher.__module__}.CountingHasher"]
    settings.SIGN_UP_PROOF = "link"
    make_person(email="olga@example.ru", phone=None)
    sign_up(client)
    other = Client()
    sign_in(other, "olga@example.ru")
    tried = [
        (client, reverse("account_signup"), {**SIGN_UP, **ticks(), "password": LONG}),
        (Client(), letter_link(), {"password": LONG}),
        (Client(), reverse("account_login"), {"login": "olga@example.ru", "password": LONG}),
        (other, reverse("account_reauthenticate"), {"password": LONG}),
        (other, reverse("account_change_password"), {"current": LONG, "new": NEW, "repeat": NEW}),
        (
            other,
            reverse("account_change_password"),
            {"current": PASSWORD, "new": LONG, "repeat": LONG},
        ),
    ]

    assert [spent(place, data, browser)[::2] for browser, place, data in tried] == [(422, 0)] * 6
