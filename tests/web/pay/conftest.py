from __future__ import annotations

import pytest
from django.test import Client

from tests.payments import card_bank, memory_bank
from tests.payments.banks import play


@pytest.fixture
def books(settings):
    """The contracts' bank is the one in memory."""
    return play(settings, memory_bank)


@pytest.fixture
def drawer(settings):
    """The contracts' bank is the one in memory that saves cards; gives what it knows of cards."""
    return play(settings, card_bank)[1]


@pytest.fixture
def client_factory():
    """Gives browsers of their own."""
    return Client
