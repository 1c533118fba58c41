from __future__ import annotations

import pytest

from tests.payments import card_bank, memory_bank, refunding_bank
from tests.payments.banks import play


@pytest.fixture
def bank(settings):
    """The contract's bank is one in memory; gives its books."""
    return play(settings, refunding_bank)


@pytest.fixture
def books(settings):
    """The contracts' bank is the one in memory that plays whole payments; gives its books."""
    return play(settings, memory_bank)


@pytest.fixture
def drawer(settings):
    """The contracts' bank is the one in memory that saves cards; gives what it knows of cards."""
    return play(settings, card_bank)[1]
