from __future__ import annotations

import pytest

from tests.payments import memory_bank


@pytest.fixture
def books(settings):
    """The contracts' bank is the one in memory."""
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, memory_bank.CODE: memory_bank.PATH}
    return memory_bank.empty_books()
