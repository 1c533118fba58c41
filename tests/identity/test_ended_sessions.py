"""A new password ends every other session, also where people look (IDN-37, 43)."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from kabinet.identity.models import SignedInSession
from tests.identity.mail import last_code
from tests.web.entry import EMAIL, PASSWORD, is_signed_in, make_person, sign_in

pytestmark = pytest.mark.django_db
NEW = "жёлтый лист летит"


@pytest.fixture(autouse=True)
def _captcha(settings):
    settings.CAPTCHA = "off"


def shown(client):
    return [row.is_current for row in client.get(reverse("devices")).context["rows"]]


def test_a_changed_password_leaves_this_browser_alone_in_the_list(client):
    make_person()
    elsewhere = Client()
    for browser in (client, elsewhere):
        sign_in(browser)
    assert shown(client) == [True, False]

    client.post(
        reverse("account_change_password"), {"current": PASSWORD, "new": NEW, "repeat": NEW}
    )

    assert is_signed_in(client)
    assert shown(client) == [True]
    assert elsewhere.get(reverse("profile")).status_code == 302
    assert Session.objects.count() == 1
    assert SignedInSession.objects.filter(ended_at=None).count() == 1


def test_a_recovered_password_ends_all_that_were_there(client):
    make_person()
    thief = Client()
    sign_in(thief)
    client.post(reverse("account_reset_password"), {"identifier": EMAIL})
    client.post(reverse("account_confirm_password_reset_code"), {"code": last_code(EMAIL)})
    client.post(reverse("account_complete_password_reset"), {"new": NEW, "repeat": NEW})

    assert is_signed_in(client)
    assert shown(client) == [True]
    assert [row.ended_at is None for row in SignedInSession.objects.order_by("pk")] == [False, True]
