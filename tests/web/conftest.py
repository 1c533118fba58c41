from __future__ import annotations

import pytest


@pytest.fixture
def sms(settings):
    settings.SMS_CONNECTOR = "mailbox"
