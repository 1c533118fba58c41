"""A deployment's rules of sign-up, passwords and codes: read typed, nonsense stops the start (IDN-08, 12, 13)."""

from __future__ import annotations

import datetime as dt
import runpy

import pytest
from django.core.exceptions import ImproperlyConfigured

from kabinet.config import settings


@pytest.fixture
def read(monkeypatch):
    """Read the settings anew with these variables."""

    def read(**variables):
        monkeypatch.setenv("DATABASE_URL", "postgresql:///unused")
        monkeypatch.setenv("KABINET_DEMO", "off")
        for name, value in variables.items():
            monkeypatch.setenv(f"KABINET_{name}", value)
        return runpy.run_path(settings.__file__)

    return read


def test_the_recommended_rules_hold_when_nothing_is_set(read):
    found = read()

    assert found["SIGN_UP_BY"] == ["email", "phone"]
    assert found["SIGN_UP_NAME"] == "optional"
    assert found["SIGN_UP_PASSWORD_REPEAT"] is False
    assert found["REVEAL_EXISTENCE"] is False
    assert (found["PASSWORD_MIN"], found["PASSWORD_MAX"]) == (10, 128)
    assert found["CODE_LIFETIME_SIGN_UP"] == dt.timedelta(minutes=5)
    assert found["CODE_LIFETIME_RECOVERY"] == dt.timedelta(minutes=5)
    assert found["CODE_RESEND_AFTER"] == dt.timedelta(seconds=60)
    assert (found["CODE_TRIES"], found["CODE_SENDS_PER_HOUR"]) == (5, 5)


def test_every_rule_can_be_set(read):
    found = read(
        SIGN_UP_BY="email",
        SIGN_UP_NAME="required",
        SIGN_UP_PASSWORD_REPEAT="on",
        REVEAL_EXISTENCE="on",
        PASSWORD_MIN="8",
        PASSWORD_MAX="10",
        CODE_SECONDS_SIGN_UP="160",
        CODE_SECONDS_RECOVERY="70",
        CODE_RESEND_SECONDS="115",
        CODE_TRIES="3",
        CODE_SENDS_PER_HOUR="2",
    )

    assert found["SIGN_UP_BY"] == ["email"]
    assert found["SIGN_UP_NAME"] == "required"
    assert found["SIGN_UP_PASSWORD_REPEAT"] is True
    assert found["REVEAL_EXISTENCE"] is True
    assert (found["PASSWORD_MIN"], found["PASSWORD_MAX"]) == (8, 10)
    assert found["CODE_LIFETIME_SIGN_UP"] == dt.timedelta(seconds=160)
    assert found["CODE_LIFETIME_RECOVERY"] == dt.timedelta(seconds=70)
    assert found["CODE_RESEND_AFTER"] == dt.timedelta(seconds=115)
    assert (found["CODE_TRIES"], found["CODE_SENDS_PER_HOUR"]) == (3, 2)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PASSWORD_MIN", "7", "from 8 to 64"),
        ("PASSWORD_MIN", "ten", "whole number"),
        ("PASSWORD_MAX", "9", "from 10 to 128"),
        ("PASSWORD_MAX", "129", "from 10 to 128"),
        ("CODE_SECONDS_SIGN_UP", "59", "from 60 to 3600"),
        ("CODE_SECONDS_RECOVERY", "-70", "whole number"),
        ("CODE_RESEND_SECONDS", "0", "from 10 to 3600"),
        ("CODE_TRIES", "0", "from 1 to 10"),
        ("CODE_SENDS_PER_HOUR", "21", "from 1 to 20"),
        ("SIGN_UP_BY", "", "at least one of: email, phone"),
        ("SIGN_UP_BY", "email,fax", "at least one of: email, phone"),
        ("SIGN_UP_BY", "phone", "nobody could sign up"),
        ("SIGN_UP_NAME", "on", "one of: off, optional, required"),
        ("SIGN_UP_PASSWORD_REPEAT", "yes", "'on' or 'off'"),
        ("REVEAL_EXISTENCE", "1", "'on' or 'off'"),
    ],
)
def test_nonsense_stops_the_start_and_names_the_variable(read, name, value, words):
    with pytest.raises(ImproperlyConfigured) as refused:
        read(**{name: value})

    assert f"KABINET_{name}={value!r}" in str(refused.value)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("by", "named"),
    [
        ("email", "KABINET_EMAIL_CONNECTOR:"),
        ("phone", "KABINET_SMS_CONNECTOR:"),
        ("email,phone", "KABINET_EMAIL_CONNECTOR or KABINET_SMS_CONNECTOR:"),
    ],
)
def test_contacts_that_cannot_be_proved_stop_the_start(read, by, named):
    with pytest.raises(ImproperlyConfigured) as refused:
        read(SIGN_UP_BY=by, EMAIL_CONNECTOR="", SMS_CONNECTOR="")

    assert str(refused.value).startswith(f"KABINET_SIGN_UP_BY='{by}' without {named}")


def test_one_that_can_be_proved_is_enough(read):
    assert read(EMAIL_CONNECTOR="", SMS_CONNECTOR="mailbox")["SIGN_UP_BY"] == ["email", "phone"]


def test_phone_alone_is_enough_where_sms_leave(read):
    assert read(SIGN_UP_BY="phone", SMS_CONNECTOR="mailbox")["SIGN_UP_BY"] == ["phone"]
