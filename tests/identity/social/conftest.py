from __future__ import annotations

import pytest

from tests.identity.esia.adapter import Stopping
from tests.identity.social import installation
from tests.identity.social.visitor import SITE, Visitor


@pytest.fixture(scope="module")
def _running():
    with installation.start(site=SITE) as sandbox:
        yield sandbox


@pytest.fixture
def networks(_running, settings):
    """The stand-in, and Kabinet configured for it."""
    _running.faults.clear()
    _running.memory.forget()
    installation.configure(settings, _running, site=SITE)
    return _running


@pytest.fixture(params=installation.SERVICES)
def service(request, networks):
    return request.param


@pytest.fixture
def visitor(service):
    return Visitor(service)


@pytest.fixture
def vk(networks):
    return Visitor("vk")


@pytest.fixture
def proved(settings):
    """Whom Kabinet was told of; it ends there, before anything is made of it."""
    settings.SOCIALACCOUNT_ADAPTER = "tests.identity.esia.adapter.Stopping"
    Stopping.seen.clear()
    return Stopping.seen
