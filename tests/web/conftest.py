from __future__ import annotations

import pytest

from kabinet.web.home import blocks
from tests.factories import AccountFactory, UserFactory


@pytest.fixture
def user(client):
    """Somebody who has signed in."""
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def person(user):
    return user


@pytest.fixture
def account(user):
    return AccountFactory(holders=[user])


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
