from __future__ import annotations

import pytest
from django.test import Client

from tests.payments import memory_bank


@pytest.fixture
def books(settings):
    """The contracts' bank is the one in memory."""
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, memory_bank.CODE: memory_bank.PATH}
    return memory_bank.empty_books()


@pytest.fixture
def client_factory():
    """Gives browsers of their own."""
    return Client
