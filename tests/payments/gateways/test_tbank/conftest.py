from __future__ import annotations

import pytest

from kabinet.payments.gateways.tbank import TBank
from kabinet.payments.gateways.transport import Limits
from sandbox.tbank.books import Terminal
from sandbox.tbank.server import Sandbox
from tests.payments.gateways.test_tbank.orders import KEY, PASSWORD
from tests.sandbox.tbank.shop import Shop


@pytest.fixture
def bank(settings):
    with Sandbox([Terminal(KEY, PASSWORD)]) as sandbox:
        settings.TBANK_URL = f"{sandbox.url}/v2"
        yield Shop(sandbox.url, key=KEY, password=PASSWORD)


@pytest.fixture
def gateway():
    gateway = TBank()
    gateway.limits = Limits(connect=1.0, whole=1.5)
    return gateway
