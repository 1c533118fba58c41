"""Who the visitor is behind a proxy: only what the proxy itself wrote counts."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from kabinet.identity.models import Consent
from kabinet.web.entry.middleware import ClientAddress
from tests.identity.mail import last_code
from tests.web.entry import EMAIL, sign_in, sign_up


def _seen(forwarded=None):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = RequestFactory(REMOTE_ADDR="10.0.0.1").get("/", headers=headers)
    ClientAddress(lambda _request: HttpResponse())(request)
    return request.META["REMOTE_ADDR"]


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1, evil, 203.0.113.7 ", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        (None, "10.0.0.1"),
        ("", "10.0.0.1"),
        ("203.0.113.7, ", "10.0.0.1"),
        ("x" * 500, "10.0.0.1"),
        ("<script>", "10.0.0.1"),
        ("203.0.113.7\0", "10.0.0.1"),
    ],
)
def test_behind_a_proxy_the_last_entry_is_the_visitor(settings, forwarded, address):
    settings.BEHIND_PROXY = True

    assert _seen(forwarded) == address


@pytest.mark.parametrize("forwarded", ["203.0.113.7", "198.51.100.1, 203.0.113.7"])
def test_without_a_proxy_the_header_is_anybodys_word(settings, forwarded):
    settings.BEHIND_PROXY = False

    assert _seen(forwarded) == "10.0.0.1"


@pytest.mark.django_db
def test_forged_entries_do_not_escape_the_count(settings):
    settings.BEHIND_PROXY = True

    def guess(number):
        browser = Client(headers={"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.7"})
        return sign_in(browser, EMAIL, "не тот пароль").status_code

    assert [guess(number) for number in range(6)] == [422] * 5 + [429]


@pytest.mark.django_db
def test_the_consent_names_the_visitors_address(settings):
    settings.BEHIND_PROXY = True
    browser = Client(headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
    sign_up(browser)
    browser.post("/signup/code/", {"code": last_code(EMAIL)})

    assert {row.address for row in Consent.objects.all()} == {"203.0.113.7"}
