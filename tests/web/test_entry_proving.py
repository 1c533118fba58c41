"""«Это точно вы?» before what a stranger at an open browser must not do (IDN-38)."""

from __future__ import annotations

import time

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from kabinet.config.urls import urlpatterns as real_urls
from kabinet.identity.models import User
from kabinet.web.entry.proving import recently_proved
from tests.identity.mail import last_code, texts
from tests.web.entry import EMAIL, PASSWORD, PHONE, make_person, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
PROVE = "/prove/"


@recently_proved
def important(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"done {request.method} {request.POST.get('what', '')}")


urlpatterns = [path("important/", important), *real_urls]


@pytest.fixture(autouse=True)
def _sms(settings):
    settings.SMS_CONNECTOR = "mailbox"


@pytest.fixture
def long_ago(client):
    """Somebody who signed in an hour ago."""
    make_person()
    sign_in(client)
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 3600
    session.save()
    return client


def test_who_has_just_signed_in_is_not_asked(client):
    make_person()
    sign_in(client)

    assert client.get("/important/").content == b"done GET "


def test_later_the_password_is_asked_and_what_was_sent_is_done(long_ago):
    asked = long_ago.post("/important/", {"what": "x"})
    assert asked.url.startswith(f"{PROVE}?next=")

    done = long_ago.post(PROVE, {"password": PASSWORD, "next": "/important/"})

    assert done.content == b"done POST x"
    assert long_ago.get("/important/").content == b"done GET "


def test_a_wrong_password_opens_nothing(long_ago):
    long_ago.post("/important/", {"what": "x"})

    refused = long_ago.post(PROVE, {"password": "не тот пароль", "next": "/important/"})

    assert refused.status_code == 422
    assert long_ago.get("/important/").status_code == 302


def test_passwords_are_not_tried_without_end(long_ago):
    answers = [long_ago.post(PROVE, {"password": "не тот пароль"}).status_code for _try in range(6)]

    assert answers == [422] * 5 + [429]


@pytest.mark.parametrize("has_phone", [True, False])
def test_a_code_to_the_own_contact_proves_as_well(long_ago, has_phone):
    contact = PHONE if has_phone else EMAIL
    User.objects.update(phone_verified=has_phone)
    long_ago.get("/important/")

    sent = long_ago.post("/prove/code/new/", {"next": "/important/"})
    assert sent.url.startswith("/prove/code/")
    wrong = long_ago.post("/prove/code/", {"code": "000000", "next": "/important/"})
    done = long_ago.post("/prove/code/", {"code": last_code(contact), "next": "/important/"})

    assert wrong.status_code == 422
    assert done.url == "/important/"
    assert long_ago.get("/important/").content == b"done GET "


def test_a_code_goes_to_no_other_address(long_ago):
    long_ago.post("/prove/code/new/", {"identifier": "evil@example.ru", "next": "/important/"})

    assert texts("evil@example.ru") == []
    assert texts(PHONE)


def test_a_code_for_signing_in_proves_nothing(long_ago):
    other = Client()
    other.post(reverse("account_request_login_code"), {"identifier": PHONE})
    session = long_ago.session
    session["prove"] = other.session["sign_in_code"][0]
    session.save()

    assert long_ago.post("/prove/code/", {"code": last_code(PHONE)}).status_code == 422
    assert long_ago.get("/important/").status_code == 302


def test_a_password_never_waits_in_the_session(long_ago):
    asked = long_ago.post("/important/", {"new": "тайное слово", "what": "x"})

    assert asked.url.startswith(PROVE)
    assert "тайное" not in str(dict(long_ago.session))


def test_next_leads_to_no_other_site(long_ago):
    done = long_ago.post(PROVE, {"password": PASSWORD, "next": "https://evil.example/"})

    assert done.url == reverse("profile")
