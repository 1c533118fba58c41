"""Signing in by a code to an own contact (IDN-22, 23; MOB-04)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from kabinet.identity.models import OneTimeCode, SignedInSession
from tests.identity.mail import last_code, other_code, texts
from tests.web.entry import EMAIL, PHONE, is_signed_in, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sms(settings):
    settings.SMS_CONNECTOR = "mailbox"
    settings.CAPTCHA = "off"


def ask(client, identifier=EMAIL, **data):
    return client.post(reverse("account_request_login_code"), {"identifier": identifier, **data})


def enter(client, code):
    return client.post(reverse("account_confirm_login_code"), {"code": code})


@pytest.mark.parametrize(
    ("named", "contact"), [(EMAIL.upper(), EMAIL), ("8 (912) 345-67-89", PHONE)]
)
def test_the_code_lets_its_owner_in(client, named, contact):
    make_person()

    assert ask(client, named, next="/accounts/").url == reverse("account_confirm_login_code")
    assert enter(client, last_code(contact)).url == "/accounts/"

    assert SignedInSession.objects.get().way == "code"
    assert len(texts(contact)) == 1
    assert ("чтобы войти" in texts(contact)[0]) is (contact == EMAIL)


def test_a_code_is_good_once(client):
    make_person()
    ask(client)
    kept = client.session["sign_in_code"]
    code = last_code(EMAIL)
    enter(client, code)

    other = Client()
    session = other.session
    session["sign_in_code"] = kept
    session.save()

    assert enter(other, code).status_code == 422
    assert not is_signed_in(other)


def test_five_wrong_codes_burn_it(client):
    make_person()
    ask(client)
    wrong = other_code(last_code(EMAIL))
    for _try in range(5):
        assert enter(client, wrong).status_code == 422

    assert enter(client, last_code(EMAIL)).status_code == 422
    assert not is_signed_in(client)


def test_an_old_code_lets_nobody_in(client):
    make_person()
    ask(client)
    OneTimeCode.objects.update(
        expires_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        sent_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )

    assert enter(client, last_code(EMAIL)).status_code == 422
    assert not is_signed_in(client)


def test_a_code_for_a_new_password_signs_nobody_in(client):
    make_person()
    client.post(reverse("account_reset_password"), {"identifier": EMAIL})
    session = client.session
    session["sign_in_code"] = session["recovery"]
    session.save()

    assert enter(client, last_code(EMAIL)).status_code == 422
    assert not is_signed_in(client)


@pytest.mark.parametrize("contact", ["nobody@example.ru", "+79990000000"])
def test_an_unknown_contact_meets_the_same_pages(client, contact):
    make_person()

    def met(named):
        browser = Client()
        asked = ask(browser, named)
        page = browser.get(asked.url)
        wrong = enter(browser, other_code(last_code(named) or "123456"))
        words = page.content.decode().replace(page.context["target"], "")
        return asked.status_code, asked.url, len(words), wrong.status_code

    known = met(EMAIL if "@" in contact else PHONE)

    assert met(contact) == known
    assert "никто не зарегистрирован" in texts(contact)[0]


def test_an_unproven_address_gets_no_code(client):
    person = make_person()
    person.emailaddress_set.update(verified=False)

    ask(client)

    assert "никто не зарегистрирован" in texts(EMAIL)[0]


def test_where_existence_may_be_told_it_is_told(client, settings):
    settings.REVEAL_EXISTENCE = True

    refused = ask(client, "nobody@example.ru")

    assert refused.status_code == 422
    assert "никто не зарегистрирован" in refused.content.decode()
    assert texts("nobody@example.ru") == []


def test_a_disabled_person_is_not_let_in(client):
    person = make_person()
    ask(client)
    person.is_active = False
    person.save()

    assert enter(client, last_code(EMAIL)).status_code == 422
    assert not is_signed_in(client)


def test_a_code_that_was_not_asked_for_leads_to_the_start(client):
    assert client.get(reverse("account_confirm_login_code")).url == reverse(
        "account_request_login_code"
    )


def test_remembering_outlives_a_pause(client, settings):
    make_person()
    ask(client, remember="on")

    enter(client, last_code(EMAIL))

    assert client.session.get_expiry_age() == settings.SESSION_REMEMBERED.total_seconds()
