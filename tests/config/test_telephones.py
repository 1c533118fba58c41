"""The demo's SMS leave by a real connector, to telephones beside it."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request

import pytest

from kabinet.config.cli import telephones
from tests.channels.gateways import PHONE, TEXT, message

NAMES = ("CONNECTOR", "SENDER")
SMSC = ("URL", "LOGIN", "PASSWORD", "API_KEY")


@pytest.fixture(autouse=True)
def _variables(monkeypatch):
    """Whatever is set during the test is put back after it."""
    for name in [
        *(f"KABINET_SMS_{one}" for one in NAMES),
        *(f"KABINET_SMSC_{one}" for one in SMSC),
    ]:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_the_demo_sends_through_the_stand_in_alone(tmp_path):
    telephones.point_at_telephones(29_000)

    assert os.environ["KABINET_SMS_CONNECTOR"] == "smsc"
    assert os.environ["KABINET_SMSC_URL"] == "http://127.0.0.1:29103/sys"
    ((_python, *line),) = telephones.commands(folder=tmp_path)
    account = f"kabinet:{os.environ['KABINET_SMSC_PASSWORD']}"
    assert line[:6] == ["-m", "sandbox.sms", "--port", "29103", "--smsc", account]


def test_another_connector_that_was_named_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("KABINET_SMS_CONNECTOR", "mailbox")

    telephones.point_at_telephones(29_000)

    assert os.environ["KABINET_SMS_CONNECTOR"] == "mailbox"
    assert telephones.commands(folder=tmp_path) == []


@pytest.mark.slow
def test_the_stand_in_starts_with_these_words_and_takes_a_message(tmp_path, settings):
    from kabinet.channels.connectors.smsc import Smsc

    telephones.point_at_telephones(29_200)
    for name in SMSC:
        setattr(settings, f"SMSC_{name}", os.environ[f"KABINET_SMSC_{name}"])
    (line,) = telephones.commands(folder=tmp_path)

    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as program:
        address = program.stdout.readline().split()[-1]
        Smsc().send(message())
        with urllib.request.urlopen(f"{address}/control/messages", timeout=10) as answer:  # noqa: S310 -- our own child
            (sms,) = json.load(answer)
        program.terminate()

    assert (sms["phone"], sms["text"]) == (PHONE.removeprefix("+"), TEXT)
    assert (tmp_path / "sandbox" / "sms.json").exists()
