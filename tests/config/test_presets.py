"""A preset is a manual's way as a whole; a variable that is set itself goes before it (IDN-08, 12, 13, 18, 32)."""

from __future__ import annotations

import datetime as dt
import runpy

import pytest
from django.core.exceptions import ImproperlyConfigured

from kabinet.config import settings
from kabinet.config.presets import PRESETS

SECONDS = dt.timedelta(seconds=1)
NAMES = (
    "SIGN_UP_BY",
    "SIGN_UP_PROOF",
    "SIGN_UP_SECOND_CONTACT",
    "SIGN_UP_NAME",
    "NAME_ALPHABET",
    "SIGN_UP_PASSWORD_REPEAT",
    "SIGN_UP_AFTER",
    "CONSENT_MODE",
    "CAPTCHA",
    "REVEAL_EXISTENCE",
    "RECOVERY",
    "RECOVERY_AFTER",
)
EXPECTED = {
    "modern": (["email", "phone"], "code", "off", "optional", "ru+latin", False, "onboarding", "tick", "altcha", False, "code_first", "home"),
    "A": (["email", "phone"], "code", "off", "off", "ru+latin", True, "onboarding", "screen", "off", False, "password_first", "home"),
    "B": (["email", "phone"], "link", "off", "off", "ru+latin", False, "home", "button", "altcha", False, "temporary", "home"),
    "C": (["phone"], "code", "required", "required", "ru", True, "sign-in", "tick", "off", True, "code_first", "sign-in"),
    "D": (["email"], "link", "required", "off", "ru+latin", True, "home", "tick", "altcha", True, "code_first", "home"),
}  # fmt: skip


@pytest.fixture
def read(monkeypatch):
    def read(**variables):
        monkeypatch.setenv("DATABASE_URL", "postgresql:///unused")
        monkeypatch.setenv("KABINET_DEMO", "off")
        for name, value in variables.items():
            monkeypatch.setenv(f"KABINET_{name}", value)
        return runpy.run_path(settings.__file__)

    return read


@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_starts_with_its_manuals_ways(read, preset):
    found = read(PRESET=preset, SMS_CONNECTOR="smsc")

    assert tuple(found[name] for name in NAMES) == EXPECTED[preset]


def test_manual_a_has_its_own_times_and_lengths_but_no_password_under_eight(read):
    found = read(PRESET="A")

    assert (found["PASSWORD_MIN"], found["PASSWORD_MAX"]) == (8, 10)
    assert (found["CODE_LIFETIME_SIGN_UP"], found["CODE_LIFETIME_RECOVERY"]) == (
        160 * SECONDS,
        70 * SECONDS,
    )


def test_a_variable_goes_before_its_preset(read):
    found = read(PRESET="A", RECOVERY="code_first", PASSWORD_MAX="64")

    assert (found["RECOVERY"], found["PASSWORD_MAX"]) == ("code_first", 64)
    assert found["CONSENT_MODE"] == "screen"


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PRESET": "E"}, "write one of: modern, A, B, C, D"),
        # Manual C signs people up by phone alone.
        ({"PRESET": "C", "SMS_CONNECTOR": ""}, "nobody could sign up"),
        ({"SIGN_UP_BY": "email", "EMAIL_CONNECTOR": ""}, "nobody could sign up"),
        ({"SIGN_UP_BY": ""}, "at least one of: email, phone"),
        ({"SIGN_UP_PROOF": "none"}, "write one of: code, link"),
        ({"NAME_ALPHABET": "latin"}, "write one of: ru, ru\\+latin"),
        ({"ENTRY_BLOCKS": "registration,weather"}, "at least one of: registration"),
        ({"APP_LINKS": "RuStore=javascript:alert(1)"}, "https://"),
    ],
)
def test_a_deployment_that_lets_nobody_in_or_talks_nonsense_is_refused_at_start(
    read, variables, words
):
    with pytest.raises(ImproperlyConfigured, match=words):
        read(**variables)


def test_a_cyrillic_address_is_written_as_browsers_send_it(read):
    found = read(URL="https://мойгаз.рф:8443/", HOSTS="мойгаз.рф,localhost")

    assert found["SITE_URL"] == "https://xn--80afnfom.xn--p1ai:8443/"
    assert found["ALLOWED_HOSTS"] == ["xn--80afnfom.xn--p1ai", "localhost"]


def test_blocks_and_app_links_are_read(read):
    found = read(
        ENTRY_BLOCKS="none", APP_LINKS="RuStore=https://a.ru/x,Google Play=https://b.com/y?id=1"
    )

    assert found["ENTRY_BLOCKS"] == []
    assert found["APP_LINKS"] == [
        ("RuStore", "https://a.ru/x"),
        ("Google Play", "https://b.com/y?id=1"),
    ]
