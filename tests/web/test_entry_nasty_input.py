"""Whatever is typed or forged on the pages of entry is answered with a message, never with a fault of ours."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from kabinet.identity.models import Consent, User
from tests.web.entry import EMAIL, PASSWORD, make_person, sign_in, sign_up, ticks

pytestmark = pytest.mark.django_db

NASTY = {
    "nul": "a\0b@example.ru",
    "only a nul": "\0",
    "long": "ы" * 20_000,
    "long digits": "9" * 20_000,
    "digits of another script": "٩١٢٣٤٥٦٧٨٩",
    "full-width": "\uff11\uff12\uff13\uff14\uff15\uff16",
    "astral": "🐟" * 40,
    "combining": "e\u0301" * 200,
    "directions": "\u202eivan\u202c@example.ru",
    "half of a pair": b"\xed\xa0\x80@example.ru",
    "not utf-8": b"\xff\xfe\xfd",
    "line ends": "ivan@example.ru\r\nBcc: all@example.ru",
    "markup": "<script>alert(1)</script>@example.ru",
    "sql": "' OR 1=1 --@example.ru",
    "spaces": " \t\u00a0\u2003",
}
FORMS = {
    "sign in": ("account_login", ("login", "password", "remember", "next")),
    "sign up": ("account_signup", ("identifier", "name", "surname", "password", "next")),
    "sign up code": ("account_signup_code", ("code",)),
    "recovery": ("account_reset_password", ("identifier",)),
    "recovery code": ("account_confirm_password_reset_code", ("code",)),
    "password": ("account_change_password", ("current", "new", "repeat")),
    "consent": ("consent", ("next",)),
}


def _browser_before(form):
    browser = Client()
    if form == "sign up code":
        sign_up(browser)
    elif form == "recovery code":
        browser.post(reverse("account_reset_password"), {"identifier": EMAIL})
    elif form == "password":
        browser.force_login(User.objects.create_user(email="petr@example.ru", password=PASSWORD))
    elif form == "consent":
        make_person(email="petr@example.ru", phone=None, consents=False)
        sign_in(browser, "petr@example.ru")
    return browser


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("form", FORMS)
def test_nasty_input_is_answered_with_a_message(form, nasty):
    name, fields = FORMS[form]
    browser = _browser_before(form)

    answer = browser.post(reverse(name), dict.fromkeys(fields, NASTY[nasty]))

    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert 'role="alert" tabindex="-1" data-focus' in answer.content.decode()


@pytest.mark.parametrize("nasty", [name for name in NASTY if name != "spaces"])
def test_a_nasty_next_leads_nowhere_else(nasty):
    make_person()
    browser = Client()

    answer = sign_in(browser, next=NASTY[nasty])

    assert answer.status_code == 302
    assert urlsplit(urljoin("http://testserver/login/", answer.url)).netloc == "testserver"


# A server refuses a NUL in a header before we see it.
@pytest.mark.parametrize("nasty", [name for name in NASTY if "nul" not in name])
def test_a_nasty_browser_name_is_kept_short(client, nasty):
    make_person(consents=False)
    sign_in(client)
    agent = NASTY[nasty].decode("latin-1") if isinstance(NASTY[nasty], bytes) else NASTY[nasty]

    answer = client.post(reverse("consent"), ticks(), HTTP_USER_AGENT=agent)

    assert answer.status_code == 302
    assert all(len(row.user_agent) <= 300 for row in Consent.objects.all())


@pytest.mark.parametrize("version", ["9" * 50, "-1", "٣", "1 OR 1=1", "ы"])
@pytest.mark.parametrize("name", ["legal-document", "legal-document-file"])
def test_a_nasty_version_is_not_found_or_the_newest(client, name, version):
    answer = client.get(reverse(name, args=["user-agreement"]), {"version": version})

    assert answer.status_code == 200


def test_a_nul_in_an_address_is_a_bad_request(client):
    place = reverse("legal-document", args=["user-agreement"])

    assert client.get(place, {"version": "1"}).status_code == 200
    assert client.get(place, {"version": "\0"}).status_code == 400
