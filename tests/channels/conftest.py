from __future__ import annotations

import datetime as dt

import pytest

from kabinet.channels import operations
from kabinet.channels.letters import Letter

NOON = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
LETTER = Letter(subject="123456 — код", text="Ваш код 123456\n", html="<p>Ваш код 123456</p>")


@pytest.fixture
def letter(db):
    return operations.send_email(recipient="ivan@example.ru", letter=LETTER, at=NOON)
