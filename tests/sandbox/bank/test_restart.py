"""With a file of state the bank forgets nothing, even when it is killed."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from yookassa import Payment, PaymentMethod, Receipt, Refund

from sandbox.bank.process import RunningBank, running_bank
from tests.sandbox.bank import samples
from tests.sandbox.bank.conftest import configure
from tests.sandbox.bank.shop import RECEIPTS_SHOP, SECRET, SHOP, ask, open_door

ARGUMENTS = [
    f"--shop={SHOP}:{SECRET}",
    f"--shop={RECEIPTS_SHOP}:{SECRET}",
    f"--receipts={RECEIPTS_SHOP}",
]


@pytest.fixture
def start(tmp_path):
    """Start the bank with one and the same file, as often as asked."""

    def started():
        return running_bank([*ARGUMENTS, f"--state={tmp_path / 'bank.sqlite'}"])

    return started


def test_everything_is_there_after_a_restart(start, monkeypatch):
    with start() as bank:
        configure(monkeypatch, bank, shop=RECEIPTS_SHOP)
        request = samples.payment(receipt=samples.receipt(), save_payment_method=True)
        paid = Payment.create(request, "key-1")
        bank.pay(paid.id)
        Refund.create({"payment_id": paid.id, "amount": samples.money("1243.56")}, "refund-1")
        sbp = Payment.create({**request, "payment_method_data": {"type": "sbp"}})
        bank.pay_by_sbp(sbp.id)
        books = bank.get("/books")
        seen = [dict(Payment.find_one(one)) for one in (paid.id, sbp.id)]
        bank.post("/clock", seconds=3)
        receipts = [dict(one) for one in Receipt.list({}).items]

    with start() as bank:
        configure(monkeypatch, bank, shop=RECEIPTS_SHOP)

        assert bank.get("/books") == books
        after = [dict(Payment.find_one(one)) for one in (paid.id, sbp.id)]
        for one in seen:
            one["receipt_registration"] = "succeeded"
        assert [_comparable(one) for one in after] == [_comparable(one) for one in seen]
        assert [dict(one) for one in Receipt.list({}).items] == receipts
        assert Payment.create(request, "key-1").id == paid.id
        assert PaymentMethod.find_one(paid.id).status == "active"
        charge = samples.by_saved(paid.id, receipt=samples.receipt(samples.item("100.00")))
        assert Payment.create(charge).status == "succeeded"
        bank.post("/clock", seconds=3)
        numbers = [int(one.fiscal_document_number) for one in Receipt.list({}).items]
        assert sorted(numbers) == list(range(1, len(receipts) + 2))


def _comparable(payment):
    """The addresses of the pages have the port of the run."""
    return {name: value for name, value in payment.items() if name != "confirmation"}


def test_what_was_to_happen_happens_after_a_restart(start, monkeypatch):
    with start() as bank:
        configure(monkeypatch, bank)
        abandoned = Payment.create(samples.payment())
        held = Payment.create(samples.payment(capture=False))
        bank.pay(held.id)
        checked = Payment.create(samples.payment())
        bank.pay(checked.id, "2200000000001036")
        bank.post("/clock", seconds=60)

    with start() as bank:
        configure(monkeypatch, bank)
        assert bank.get("/state")["shift_seconds"] == 60
        assert Payment.find_one(abandoned.id).status == "pending"
        bank.post("/clock", seconds=8 * 24 * 3600)

        states = [Payment.find_one(one.id) for one in (abandoned, held, checked)]

    assert [one.status for one in states] == ["canceled", "canceled", "succeeded"]
    assert states[1].cancellation_details.reason == "expired_on_capture"


def test_a_notification_not_yet_delivered_is_delivered_after_a_restart(start, monkeypatch):
    with open_door() as door:
        with start() as bank:
            configure(monkeypatch, bank)
            bank.post("/webhook", url=door.url)
            door.answers = [500]
            paid = Payment.create(samples.payment())
            bank.pay(paid.id)
            bank.post("/webhooks/wait")

        with start() as bank:
            bank.post("/clock", seconds=2)
            bank.post("/webhooks/wait")

        assert door.events == ["payment.succeeded"] * 2
        assert door.came[0] == door.came[1]


def test_a_killed_bank_has_lost_nothing_it_answered(tmp_path, monkeypatch):
    command = [sys.executable, "-m", "sandbox.bank", "--port=0", *ARGUMENTS]
    command += [f"--state={tmp_path / 'bank.sqlite'}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        bank = RunningBank(process.stdout.readline().split()[-1])
        made = [
            ask(bank, "POST", "/payments", samples.payment(), key=f"key-{number}")[1]["id"]
            for number in range(20)
        ]
        bank.pay(made[-1])
        process.send_signal(signal.SIGKILL)

    with running_bank([*ARGUMENTS, f"--state={tmp_path / 'bank.sqlite'}"]) as again:
        assert [row["id"] for row in again.get("/books")["payments"]] == made
        assert again.get("/books")["totals"][SHOP]["charge"] == "1243.56"
        repeated = ask(again, "POST", "/payments", samples.payment(), key="key-0")[1]
        assert repeated["id"] == made[0]


def test_without_a_file_nothing_is_kept(monkeypatch):
    with running_bank(ARGUMENTS) as bank:
        configure(monkeypatch, bank)
        Payment.create(samples.payment())
    with running_bank(ARGUMENTS) as bank:
        assert bank.get("/books")["payments"] == []


def test_a_reset_is_kept_too(start, monkeypatch):
    with start() as bank:
        configure(monkeypatch, bank)
        Payment.create(samples.payment())
        bank.post("/reset")
    with start() as bank:
        assert bank.get("/books")["payments"] == []
