"""The program itself: its command line, its switches and whom it answers."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from yookassa import Payment, Settings

from sandbox.bank import control
from sandbox.bank.cards import CARDS
from sandbox.bank.process import ControlRefusedError, running_bank
from sandbox.bank.sentences import group_digits
from tests.sandbox.bank import samples
from tests.sandbox.bank.conftest import configure
from tests.sandbox.bank.shop import SHOP, ask, open_door


def test_it_listens_to_this_machine_alone(bank):
    address = urlsplit(bank.address)

    assert address.hostname == "127.0.0.1"
    with socket.socket() as other:
        other.settimeout(1)
        assert other.connect_ex(("127.0.0.2", address.port)) != 0


@pytest.mark.parametrize(
    "arguments",
    [["--shop=100500"], ["--shop=1:s", "--utilities=2"], ["--shop=1:s", "--webhook=2=http://x/"]],
)
def test_a_wrong_shop_stops_the_start(arguments):
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.bank", "--port=0", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )

    assert done.returncode == 2
    assert done.stdout == ""


def test_addresses_of_the_command_line_are_each_shops_own(monkeypatch):
    with open_door() as one, open_door() as two:
        arguments = ["--shop=1:test_secret", "--shop=2:test_secret", f"--webhook=1={one.url}"]
        with running_bank([*arguments, f"--webhook=2={two.url}"]) as bank:
            for shop in ("2", "1", "2"):
                configure(monkeypatch, bank, shop=shop)
                bank.pay(Payment.create(samples.payment()).id)
            bank.post("/webhooks/wait")

        assert [len(door.came) for door in (one, two)] == [1, 2]


def test_the_pages_may_have_another_address(monkeypatch):
    with running_bank(["--shop=1:test_secret", "--public=https://bank.example/"]) as bank:
        configure(monkeypatch, bank, shop="1")
        payment = Payment.create(samples.payment())

    assert payment.confirmation.confirmation_url == f"https://bank.example/checkout/{payment.id}"


def test_the_shop_reads_its_settings(bank):
    bank.post("/settings", methods={"bank_card": False, "sbp": True})

    settings = Settings.get_account_settings()

    assert (settings.account_id, settings.status, settings.test) == (SHOP, "enabled", True)
    assert settings.payment_methods == ["sbp"]


def test_a_reset_forgets_all(bank, door):
    bank.post("/settings", rate_limit=1, expiry_seconds=1)
    bank.post("/clock", seconds=100)
    bank.post("/faults", kind="closed", count=5, path="/v3/never")
    bank.post("/webhooks", on=False, copies=2)
    ask(bank, "POST", "/payments", samples.payment(), key="k")

    state = bank.post("/reset")

    assert (state["payments"], state["faults"], state["shift_seconds"]) == (0, [], 0)
    assert (state["settings"]["rate_limit"], state["webhooks"]["on"]) == (0, True)
    assert bank.get("/requests") == {"requests": []}
    assert state["shops"][SHOP] == door.url


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/settings", {"unknown": 1}),
        ("/settings", {"rate_limit": "many"}),
        ("/faults", {"kind": "fire"}),
        ("/clock", {"seconds": "soon"}),
        ("/clock", {"seconds": -1}),
        ("/pay", {"payment_id": "unknown", "card": "2202474301322987"}),
        ("/webhook", {"shop": "unknown", "url": "http://x/"}),
        ("/no-such", {}),
    ],
)
def test_a_wrong_order_is_refused(bank, path, body):
    with pytest.raises(ControlRefusedError):
        bank.post(path, **body)


def test_a_reset_brings_the_real_time_back(bank):
    bank.post("/clock", seconds=3600)
    later = Payment.create(samples.payment()).created_at
    bank.post("/reset")

    assert Payment.create(samples.payment()).created_at < later


def test_the_readme_lists_every_control_address_and_every_card():
    readme = (Path(control.__file__).parent / "README.md").read_text()

    addresses = [f"`{method} /control{path}`" for method, path in control.ADDRESSES]
    numbers = [group_digits(number) for number in CARDS]
    assert [one for one in [*addresses, *numbers] if one not in readme] == []


@pytest.mark.parametrize("length", ["2000000", "-1", "many"])
def test_a_body_too_large_or_without_end_is_not_read(bank, length):
    status, answer = ask(
        bank, "POST", "/payments", "{}", key="k", headers={"Content-Length": length}
    )

    assert (status, answer["code"]) == (413, "invalid_request")
