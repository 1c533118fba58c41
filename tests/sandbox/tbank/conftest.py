from __future__ import annotations

import pytest

from sandbox.tbank.books import Terminal
from sandbox.tbank.server import Sandbox
from tests.sandbox.tbank.shop import KEY, PASSWORD, Listener, Shop


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def sandbox(listener):
    terminals = [Terminal(KEY, PASSWORD, listener.url), Terminal("OTHER", "another")]
    with Sandbox(terminals, gaps=(0.05, 0.05, 0.05)) as sandbox:
        yield sandbox


@pytest.fixture
def shop(sandbox):
    return Shop(sandbox.url)
