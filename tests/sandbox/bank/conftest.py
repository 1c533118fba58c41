from __future__ import annotations

import pytest
from yookassa import Configuration

from sandbox.bank.process import running_bank
from tests.sandbox.bank.shop import RECEIPTS_SHOP, SECRET, SHOP, UTILITIES_SHOP, open_door


@pytest.fixture(scope="session")
def _process():
    shops = [f"--shop={shop}:{SECRET}" for shop in (SHOP, UTILITIES_SHOP, RECEIPTS_SHOP)]
    flags = [f"--utilities={UTILITIES_SHOP}", f"--receipts={RECEIPTS_SHOP}"]
    with running_bank([*shops, *flags]) as bank:
        yield bank


@pytest.fixture
def bank(_process, monkeypatch):
    """A bank with empty books, spoken to by the SDK as the plain shop."""
    _process.post("/reset")
    _process.post("/webhook", url="")
    configure(monkeypatch, _process)
    return _process


@pytest.fixture
def receipts_bank(bank, monkeypatch):
    """The same bank, spoken to by the SDK as the shop that must send receipts."""
    configure(monkeypatch, bank, shop=RECEIPTS_SHOP)
    return bank


@pytest.fixture
def door(bank):
    """Where the bank's notifications come to."""
    with open_door() as opened:
        bank.post("/webhook", url=opened.url)
        yield opened


def configure(monkeypatch, bank, *, shop=SHOP):
    """The SDK keeps its settings on the class, so they are put back after each test."""
    for name, value in (
        ("account_id", shop),
        ("secret_key", SECRET),
        ("auth_token", None),
        ("api_url", bank.api_url),
    ):
        monkeypatch.setattr(Configuration, name, value)
