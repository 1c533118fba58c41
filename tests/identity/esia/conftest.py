from __future__ import annotations

import pytest

from tests.identity.esia.adapter import Stopping
from tests.identity.esia.installation import configure
from tests.identity.esia.visitor import CALLBACK, SITE
from tests.sandbox.esia import client as stand_in


@pytest.fixture(scope="module")
def _running():
    with stand_in.start(redirect=CALLBACK) as sandbox:
        yield sandbox


@pytest.fixture
def gosuslugi(_running, settings):
    """The stand-in, and Kabinet configured for it: the raw flavour, signed by RSA."""
    _running.faults.clear()
    _running.esia.forget()
    configure(settings, _running, site=SITE)
    return _running


@pytest.fixture(params=["pkcs7", "raw"])
def flavour(request, gosuslugi, settings):
    settings.ESIA_FLAVOUR = request.param
    return request.param


@pytest.fixture
def proved(settings):
    """Whom Kabinet was told of; it ends there, before anything is made of it."""
    settings.SOCIALACCOUNT_ADAPTER = "tests.identity.esia.adapter.Stopping"
    Stopping.seen.clear()
    return Stopping.seen
