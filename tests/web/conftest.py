from __future__ import annotations

import pytest

from kabinet.web.home import blocks


@pytest.fixture
def sms(settings):
    settings.SMS_CONNECTOR = "mailbox"


@pytest.fixture(autouse=True)
def _no_block_of_the_home_page_fails(request, monkeypatch):
    """What the page would calmly cover up is an error here; ``blocks_may_fail`` keeps the calm."""
    if "blocks_may_fail" not in request.fixturenames:
        monkeypatch.setattr(blocks.logger, "exception", _raise)


@pytest.fixture
def blocks_may_fail():
    """Asked for by a test that makes a block fail."""


def _raise(*_message):
    raise  # noqa: PLE0704 -- what the caller is handling
