"""The pages of each preset are those of its manual (IDN-01, 08, 18, 32)."""

from __future__ import annotations

import re
import runpy

import pytest
from django.urls import reverse

from kabinet.config import settings as module
from kabinet.config.presets import PRESETS
from kabinet.kernel.actors import SYSTEM
from kabinet.providers.appearance import set_logo
from tests.clock import NOW
from tests.factories import ProviderFactory
from tests.providers.drawing import drawn

pytestmark = pytest.mark.django_db

TICKS = ["personal-data-consent-1", "user-agreement-1"]
# What each asks at sign-up and at recovery, and which ways its entry page offers beside the form.
PAGES = {
    "modern": (["identifier", "name", "surname", "password", *TICKS], ["identifier"], "code qr"),
    "A": (["identifier", "password", "repeat"], ["identifier", "new", "repeat"], ""),
    "B": (["identifier", "password"], ["identifier"], ""),
    "C": (
        ["identifier", "second", "name", "surname", "password", "repeat", *TICKS],
        ["identifier"],
        "code qr",
    ),
    "D": (["identifier", "second", "password", "repeat", *TICKS], ["identifier"], ""),
}


def _asked(client, name):
    page = client.get(reverse(name)).content.decode()
    return re.findall(r"<input[^>]* name=\"([\w-]+)\"[^>]* id=\"id_", page)


@pytest.fixture(params=PRESETS)
def preset(request, monkeypatch, settings):
    monkeypatch.setenv("DATABASE_URL", "postgresql:///unused")
    monkeypatch.setenv("KABINET_PRESET", request.param)
    monkeypatch.setenv("KABINET_SMS_CONNECTOR", "mailbox")
    for name, value in runpy.run_path(module.__file__).items():
        if name.startswith(
            ("SIGN_UP_", "CONSENT_", "RECOVERY", "ENTRY_", "SMS_CONNECTOR", "PASSWORD_M")
        ):
            setattr(settings, name, value)
    settings.CAPTCHA = "off"
    return request.param


def test_the_only_providers_logo_is_there_where_the_manual_shows_it(client, preset):
    provider = ProviderFactory()
    set_logo(actor=SYSTEM, provider_code=provider.code, content=drawn(), at=NOW)

    entry = client.get(reverse("account_login")).content.decode()

    assert ("kb-plate" in entry) is (preset in {"modern", "A"})


def test_the_pages_are_the_manuals(client, preset):
    sign_up, recovery, ways = PAGES[preset]
    entry = client.get(reverse("account_login")).content.decode()

    assert _asked(client, "account_signup") == sign_up
    assert _asked(client, "account_reset_password") == recovery
    assert [way for way in ("code", "qr") if f"/login/{way}/" in entry] == ways.split()
