from __future__ import annotations

import pytest

from tests.payments import card_bank, memory_bank, refunding_bank


@pytest.fixture
def bank(settings):
    """The contract's bank is one in memory; gives its books."""
    settings.PAYMENT_GATEWAYS = {
        **settings.PAYMENT_GATEWAYS,
        refunding_bank.CODE: refunding_bank.PATH,
    }
    return refunding_bank.empty_books()


@pytest.fixture
def books(settings):
    """The contracts' bank is the one in memory that plays whole payments; gives its books."""
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, memory_bank.CODE: memory_bank.PATH}
    return memory_bank.empty_books()


@pytest.fixture
def drawer(settings):
    """The contracts' bank is the one in memory that saves cards; gives what it knows of cards."""
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, card_bank.CODE: card_bank.PATH}
    return card_bank.empty_books()[1]
