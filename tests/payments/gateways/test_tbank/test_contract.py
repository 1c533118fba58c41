"""T-Bank passes the contract of all banks."""

from __future__ import annotations

import pytest

from sandbox.tbank.books import Terminal
from sandbox.tbank.server import Sandbox
from tests.payments.gateways.contract import GatewayContract
from tests.payments.gateways.test_tbank.bench import make_bench
from tests.payments.gateways.test_tbank.orders import KEY, OTHER_KEY, PASSWORD
from tests.sandbox.tbank.shop import Shop


@pytest.fixture(scope="session")
def _sandbox():
    nowhere = "http://127.0.0.1:9/"
    with Sandbox(
        [Terminal(KEY, PASSWORD, nowhere), Terminal(OTHER_KEY, PASSWORD, nowhere)]
    ) as sandbox:
        yield sandbox


@pytest.fixture
def bench(_sandbox, settings):
    """Empty books, and notices kept back."""
    shop = Shop(_sandbox.url, key=KEY, password=PASSWORD)
    shop.control("reset", {})
    shop.control("notifications", {"mode": "off"})
    settings.TBANK_URL = f"{_sandbox.url}/v2"
    return make_bench(shop)


class TestTBank(GatewayContract):
    pass
