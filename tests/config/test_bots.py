"""The demo's codes can come to a stand-in of Telegram and MAX; a real installation registers its bots by a command."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request

import pytest

from kabinet.config.cli import bots, messengers
from sandbox.messengers.server import Sandbox
from tests.channels.gateways import message
from tests.identity.messengers.bots import BOTS, SECRETS, point

PARTS = ("BOT", "TOKEN", "HOOK_SECRET", "URL", "LINK")


@pytest.fixture
def _variables(monkeypatch):
    """Whatever is set during the test is put back after it."""
    for name in (
        "KABINET_MESSENGERS",
        *(f"KABINET_{one}_{part}" for one in ("TELEGRAM", "MAX") for part in PARTS),
    ):
        monkeypatch.setenv(name, "")


@pytest.mark.slow
@pytest.mark.usefixtures("_variables")
def test_the_demo_gets_settings_and_a_running_stand_in(settings):
    bots.point_at_messengers(port=29_300)

    assert os.environ["KABINET_MESSENGERS"] == "telegram,max"
    assert os.environ["KABINET_MAX_LINK"] == "http://127.0.0.1:29406/max"
    for name in ("TELEGRAM", "MAX"):
        for part in PARTS:
            setattr(settings, f"{name}_{part}", os.environ[f"KABINET_{name}_{part}"])
    (line,) = bots.commands(site="http://127.0.0.1:29300")
    assert "http://127.0.0.1:29300/api/messengers/max/" in " ".join(line)

    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as program:
        address = program.stdout.readline().split()[-1]
        with urllib.request.urlopen(f"{settings.TELEGRAM_LINK}/{bots.BOT}", timeout=10) as page:  # noqa: S310 -- our own child
            assert "Чей это телефон" in page.read().decode()
        _send_to_ksenia(address)
        with urllib.request.urlopen(f"{address}/control/messages", timeout=10) as answer:  # noqa: S310 -- our own child
            arrived = json.load(answer)
        program.terminate()

    assert [row["text"] for row in arrived if row["is_from_bot"]] == ["Код 482913"]


def _send_to_ksenia(address):
    from kabinet.channels.connectors.max import Max

    body = b"person=5001&start="
    urllib.request.urlopen(f"{address}/max/{bots.BOT}/start", body, timeout=10).close()  # noqa: S310 -- our own child
    Max().send(message("max:5001", text="Код 482913"))


def test_the_command_tells_each_messenger_our_address(settings, capsys):
    settings.SITE_URL = "https://lk.example.ru"
    with Sandbox(BOTS) as sandbox:
        point(settings, sandbox.url)

        assert messengers.run(None) == 0
        hooks = {name: (hook.url, hook.secret) for name, hook in sandbox.books.hooks.items()}

    assert hooks == {
        name: (f"https://lk.example.ru/api/messengers/{name}/", secret)
        for name, secret in SECRETS.items()
    }
    assert "Telegram: новости бота придут на https://lk.example.ru" in capsys.readouterr().out


def test_the_command_says_what_did_not_work(settings, capsys):
    settings.SITE_URL = "https://lk.example.ru"
    with Sandbox(BOTS) as sandbox:
        point(settings, sandbox.url)
        settings.TELEGRAM_TOKEN = "wrong"

        assert messengers.run(None) == 1

    said = capsys.readouterr().out
    assert "Telegram: не вышло: status 401" in said
    assert "MAX: новости бота придут" in said
    assert "wrong" not in said


def test_the_command_says_that_there_are_no_messengers(settings, capsys):
    settings.MESSENGERS = []

    assert messengers.run(None) == 1
    assert "пуст" in capsys.readouterr().out
