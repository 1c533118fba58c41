"""What an attacker writes where no form stands: addresses, headers, JSON, fields of other pages' forms."""

from __future__ import annotations

import base64
import json
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from kabinet.identity.models import OneTimeCode, SignedInSession, User
from tests.web.entry import EMAIL, PASSWORD, is_signed_in, make_person, sign_in, sign_up
from tests.web.keys import Device

pytestmark = pytest.mark.django_db

NO_ID = uuid.UUID(int=1)
STRANGE = ["\0", "a\0b", "ы" * 2000, "🐟", "%", "%00", "..", "'", "\u202e"]


@pytest.fixture
def signed_in(client):
    make_person()
    sign_in(client)
    client.get(reverse("profile"))
    return client


PLACES = {
    "provider-entry": lambda text: [text],
    "qr-ask": lambda text: [NO_ID, text],
    "account_signup_link": lambda text: [NO_ID, text],
    "account_signup_link_again": lambda text: [NO_ID, text],
    "contact-link": lambda text: [NO_ID, text],
    "contact-link-again": lambda text: [NO_ID, text],
    "contact-change": lambda text: [text],
    "contact-code": lambda text: [text],
    "contact-code-resend": lambda text: [text],
    "contact-prove": lambda text: [text],
    "contact-remove": lambda text: [text],
    "service-unlink": lambda text: [text],
}


@pytest.mark.parametrize("name", PLACES)
def test_a_strange_address_is_no_fault_of_ours(signed_in, name):
    places = [reverse(name, args=PLACES[name](text)) for text in STRANGE]

    for browser in (signed_in, Client()):
        answers = [
            ask(place).status_code for place in places for ask in (browser.get, browser.post)
        ]
        assert max(answers) < 500


# A server refuses a NUL in a header before we see it.
AGENTS = ["<script>alert(1)</script> Chrome/1 Windows", "ы" * 20_000, "Chrome/" * 5000, ""]


@pytest.mark.parametrize("agent", AGENTS)
def test_a_strange_browser_is_no_fault_of_ours_and_is_shown_in_our_words(client, agent):
    make_person()
    sign_up(client, "olga@example.ru", HTTP_USER_AGENT=agent)
    client.post(reverse("qr-sign-in"), HTTP_USER_AGENT=agent)
    public_id, code, _browser = client.session["qr"]
    phone = Client(HTTP_USER_AGENT=agent)
    sign_in(phone)

    asked = phone.get(reverse("qr-ask", args=[public_id, code]))
    listed = phone.get(reverse("devices"))

    assert (asked.status_code, listed.status_code) == (200, 200)
    for page in (asked, listed):
        assert "<script>alert" not in page.content.decode()
        assert len(page.content) < 60_000
    assert all(len(row.user_agent) <= 300 for row in SignedInSession.objects.all())


JUNK = [
    "\0",
    '{"id":"\\u0000"}',
    '{"id":"\\ud800"}',
    "[" * 10_000,
    '{"a":' * 3000,
    "9" * 5000,
    "NaN",
    '{"response":{"clientDataJSON":"\\ud800"}}',
]


@pytest.mark.parametrize("junk", JUNK)
def test_junk_for_an_answer_of_a_device_is_answered_kindly(client, settings, junk):
    settings.SITE_URL = "http://localhost:8000"
    make_person()
    sign_in(client)
    client.get(reverse("mfa_add_webauthn"))
    assert client.post(reverse("mfa_add_webauthn"), {"credential": junk}).status_code == 422
    client.post(reverse("prove-key-question"))
    assert (
        client.post(reverse("mfa_reauthenticate_webauthn"), {"credential": junk}).status_code == 302
    )
    other = Client()
    other.post(reverse("passkey-question"))
    assert other.post(reverse("mfa_login_webauthn"), {"credential": junk}).status_code == 302
    assert not is_signed_in(other)


@pytest.mark.parametrize("sign", ["\0", "\ud800", "x" * 15_000])
@pytest.mark.parametrize("place", ["clientExtensionResults", "authenticatorAttachment", "more"])
def test_a_genuine_key_with_strange_news_beside_it_is_no_fault_of_ours(
    client, settings, place, sign
):
    settings.SITE_URL = "http://localhost:8000"
    make_person()
    sign_in(client)
    device = Device()
    options = client.get(reverse("mfa_add_webauthn")).context["options"]
    answer = json.loads(device.create(options))
    answer[place] = {"credProps": {"rk": sign}} if place == "clientExtensionResults" else sign

    added = client.post(reverse("mfa_add_webauthn"), {"credential": json.dumps(answer)})

    assert added.status_code in (302, 422)
    assert client.get(reverse("mfa_index")).status_code == 200


SESSION_FORMS = {
    "second step": ("mfa_authenticate", ["code"]),
    "code": ("account_confirm_login_code", ["code"]),
    "prove": ("account_reauthenticate", ["password", "next"]),
    "prove code": ("prove-code", ["code", "next"]),
    "name": ("profile-name", ["surname", "name", "patronymic"]),
    "email": ("contact-change", ["contact"]),
    "totp": ("mfa_activate_totp", ["code"]),
    "hints": ("profile-hints", ["shown"]),
    "onboarding": ("onboarding", ["go"]),
    "later": ("passkey-later", ["next"]),
    "qr": ("qr-sign-in", ["next"]),
    "unlink": ("outside-link", ["no"]),
    "by code": ("account_request_login_code", ["identifier", "next", "remember"]),
}
NASTY = ["\0", "a\0b", b"\xed\xa0\x80", "ы" * 20_000, "\u202e", "1e400", "٣" * 6]


@pytest.mark.parametrize("form", SESSION_FORMS)
def test_nothing_written_into_a_field_is_a_fault_of_ours(signed_in, form):
    name, fields = SESSION_FORMS[form]
    place = reverse(name, args=["email"] if name == "contact-change" else [])
    signed_in.post(reverse("prove-send"))

    for browser in (signed_in, Client()):
        answers = [browser.post(place, dict.fromkeys(fields, nasty)) for nasty in NASTY]
        assert max(answer.status_code for answer in answers) < 500


CAPTCHA_JUNK = [
    "\0",
    "x",
    "ы",
    base64.b64encode(b"[]").decode(),
    base64.b64encode(b"{}").decode(),
    base64.b64encode(b"null").decode(),
    base64.b64encode(b'{"challenge": null, "solution": null}').decode(),
    base64.b64encode(b'{"challenge": {"parameters": []}, "solution": 1}').decode(),
    base64.b64encode(b"\xff\xfe").decode(),
    base64.b64encode(b"9" * 2000).decode(),
    base64.b64encode(b"[" * 2900).decode(),
]


@pytest.mark.parametrize("field", ["captcha", "captcha-opened"])
@pytest.mark.parametrize("junk", CAPTCHA_JUNK)
def test_junk_for_a_captcha_is_answered_kindly(client, settings, field, junk):
    settings.CAPTCHA, settings.CAPTCHA_ON = "altcha", ["sign-up"]

    assert sign_up(client, **{field: junk}).status_code == 422
    assert not OneTimeCode.objects.exists()


@pytest.mark.parametrize(
    "cost", [10**9, -1, 0, "x", None, [], 1e300, True], ids=lambda value: type(value).__name__
)
def test_a_captcha_of_the_attackers_own_making_costs_no_work(client, settings, cost):
    settings.CAPTCHA, settings.CAPTCHA_ON = "altcha", ["sign-up"]
    page = client.get(reverse("account_signup"))
    genuine = page.context  # the page itself is fine
    assert genuine is not None
    forged = {
        "challenge": {
            "parameters": {
                "algorithm": "PBKDF2/SHA-256",
                "cost": cost,
                "nonce": "00" * 16,
                "salt": "00" * 16,
                "keyLength": 32,
                "keyPrefix": "00",
                "data": {"until": 9e12},
            },
            "signature": "00" * 32,
        },
        "solution": {"counter": cost, "derivedKey": "00" * 32},
    }
    answer = base64.b64encode(json.dumps(forged).encode()).decode()

    assert sign_up(client, captcha=answer).status_code == 422


EMAILS = [
    '"ivan"@example.ru',
    '"a@evil.example, b"@example.ru',
    '"ivan\x01"@example.ru',
    "ivan@[127.0.0.1]",
    "ivan@[IPv6:::1]",
    "ivan@localhost",
    "ivan@example.ru.",
    "ivan@example.ru\u2028",
    "иван@пример.рф",
    "ivan@exаmple.ru",
    "ıvan@example.ru",
    "ivan@example.ru\n",
    "ivan(comment)@example.ru",
    "<ivan@example.ru>",
    "ivan@example.ru,olga@example.ru",
    "ivan@example.ru;olga@example.ru",
    "i\u00advan@example.ru",
    "ivan＠example.ru",
]


@pytest.mark.parametrize("written", EMAILS, ids=ascii)
def test_an_address_that_could_be_read_in_two_ways_gets_no_letter(client, written):
    answer = sign_up(client, written)
    kept = set(OneTimeCode.objects.values_list("identifier", flat=True))

    assert kept <= {EMAIL}, kept
    assert answer.status_code == (302 if kept else 422)


def test_the_sign_of_kelvin_is_a_k_and_no_second_person(client):
    make_person(email="kim@example.ru", phone=None)

    sign_up(client, "\u212aim@example.ru", password="другой пароль тут")

    assert list(OneTimeCode.objects.values_list("identifier", "digest")) == [("kim@example.ru", "")]
    assert sign_in(Client(), "\u212aim@example.ru").status_code == 302
    assert User.objects.count() == 1


def test_passwords_of_different_case_or_form_are_different(client):
    make_person()

    assert sign_in(client, password=PASSWORD.upper()).status_code == 422
    assert sign_in(client, password=PASSWORD.replace("ё", "е\u0308")).status_code == 422
    assert sign_in(client, password=PASSWORD + " ").status_code == 422
    assert sign_in(client).status_code == 302
