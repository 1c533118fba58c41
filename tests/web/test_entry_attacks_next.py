"""Where an attacker would like to lead people by the address to go on to; none of it leaves this site, or falls over."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from tests.identity.mail import last_code
from tests.web.entry import EMAIL, PASSWORD, is_signed_in, make_person, sign_in, sign_up, ticks
from tests.web.keys import Device
from tests.web.test_entry_attacks import grow_old

pytestmark = pytest.mark.django_db
# The first three are tried at every way.
ELSEWHERE = [
    "//evil.example/",
    r"/\evil.example",
    "javascript:alert(1)",
    "///evil.example/",
    "https:evil.example",
    "http:///evil.example/",
    "/\t/evil.example",
    "\n//evil.example",
    "https://testserver@evil.example/",
    "https://evil.example\\@testserver/",
    "https://testserver.evil.example/",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "%2f%2fevil.example",
    "//evil%E3%80%82example",
    "http://[::1",
]
# Django's redirect takes a bare word for the name of a page.
WORDS = ["qr-ask", "nowhere", "..", "#x"]


def stays(answer):
    """Say whether the browser that follows the answer is still at this site."""
    target = urljoin("http://testserver/login/", answer.headers["Location"])
    # As browsers read it: tabs and line ends vanish, backslashes are slashes.
    read = target.translate({9: None, 10: None, 13: None, 92: "/"})
    return urlsplit(read).netloc == "testserver" and urlsplit(read).scheme == "http"


def by_password(wanted):
    client = Client()
    return client, sign_in(client, next=wanted)


def by_code(wanted):
    client = Client()
    client.post(reverse("account_request_login_code"), {"identifier": EMAIL, "next": wanted})
    code = {"code": last_code(EMAIL)}
    return client, client.post(reverse("account_confirm_login_code"), code)


def by_qr(wanted):
    phone, screen = Client(), Client()
    sign_in(phone)
    screen.post(reverse("qr-sign-in"), {"next": wanted})
    public_id, code, _browser = screen.session["qr"]
    phone.post(reverse("qr-ask", args=[public_id, code]), {"do": "confirm"})
    return screen, screen.post(reverse("qr-finish"))


def by_passkey(wanted):
    owner, client = Client(), Client()
    device = Device(origin="http://testserver", host="testserver")
    sign_in(owner)
    options = owner.get(reverse("mfa_add_webauthn")).context["options"]
    owner.post(reverse("mfa_add_webauthn"), {"credential": device.create(options)})
    question = client.post(reverse("passkey-question")).content
    answer = {"credential": device.get(question), "next": wanted}
    return client, client.post(reverse("mfa_login_webauthn"), answer)


def by_sign_up(wanted):
    client = Client()
    sign_up(client, "newcomer@example.ru", next=wanted)
    code = {"code": last_code("newcomer@example.ru")}
    return client, client.post(reverse("account_signup_code"), code)


def by_proving(wanted):
    client = Client()
    sign_in(client)
    grow_old(client)
    proof = {"password": PASSWORD, "next": wanted}
    return client, client.post(reverse("account_reauthenticate"), proof)


def by_who_is_there_already(wanted):
    client = Client()
    sign_in(client)
    return client, client.get(reverse("account_login"), {"next": wanted})


def by_consent(wanted):
    client = Client()
    make_person(email="olga@example.ru", phone=None, consents=False)
    sign_in(client, "olga@example.ru")
    return client, client.post(reverse("consent"), {**ticks(), "next": wanted})


def by_nothing_to_accept(wanted):
    client = Client()
    sign_in(client)
    return client, client.get(reverse("consent"), {"next": wanted})


def by_contact(wanted):
    client = Client()
    sign_in(client)
    client.get(reverse("profile"))
    client.post(reverse("contact-change", args=["email"]), {"contact": "new@example.ru"})
    code = {"code": last_code("new@example.ru"), "next": wanted}
    return client, client.post(reverse("contact-code", args=["email"]), code)


def by_nothing_to_prove(wanted):
    client = Client()
    sign_in(client)
    return client, client.get(reverse("contact-ask"), {"next": wanted})


def by_later(wanted):
    client = Client()
    sign_in(client)
    return client, client.post(reverse("passkey-later"), {"next": wanted})


WAYS = {
    way.__name__: way
    for way in (
        by_password,
        by_code,
        by_qr,
        by_passkey,
        by_sign_up,
        by_proving,
        by_who_is_there_already,
        by_consent,
        by_nothing_to_accept,
        by_contact,
        by_nothing_to_prove,
        by_later,
    )
}


@pytest.fixture(autouse=True)
def _ivan(settings):
    settings.SITE_URL = "http://testserver"
    make_person()


@pytest.mark.parametrize("way", WAYS)
def test_a_page_of_this_site_is_gone_on_to(way):
    client, answer = WAYS[way]("/legal/privacy/?version=1")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/legal/privacy/?version=1")
    assert is_signed_in(client)


@pytest.mark.parametrize(
    ("way", "wanted"),
    [
        *((way, wanted) for way in ("by_password", "by_later") for wanted in ELSEWHERE),
        *(
            (way, wanted)
            for way in sorted(set(WAYS) - {"by_password", "by_later"})
            for wanted in ELSEWHERE[:3]
        ),
    ],
)
def test_nobody_is_led_to_another_site(way, wanted):
    client, answer = WAYS[way](wanted)

    assert answer.status_code == 302
    assert stays(answer)
    assert is_signed_in(client)


@pytest.mark.parametrize("wanted", WORDS)
@pytest.mark.parametrize("way", WAYS)
def test_a_word_is_an_address_and_no_name_of_a_page(way, wanted):
    _client, answer = WAYS[way](wanted)

    assert answer.status_code == 302
    assert stays(answer)
