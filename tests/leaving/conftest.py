from __future__ import annotations

import pytest

from tests.payments import card_bank


@pytest.fixture(autouse=True)
def drawer(settings, tmp_path):
    """A bank that saves cards, SMS that arrive, and files of this test alone."""
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, card_bank.CODE: card_bank.PATH}
    settings.SMS_CONNECTOR = "mailbox"
    settings.MEDIA_ROOT = tmp_path
    return card_bank.empty_books()[1]
