from __future__ import annotations

import pytest

from tests.payments import refunding_bank


@pytest.fixture
def bank(settings):
    """The contract's bank is one in memory; gives its books."""
    settings.PAYMENT_GATEWAYS = {
        **settings.PAYMENT_GATEWAYS,
        refunding_bank.CODE: refunding_bank.PATH,
    }
    return refunding_bank.empty_books()
