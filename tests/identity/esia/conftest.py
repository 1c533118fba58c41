from __future__ import annotations

import pytest
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.signals import pre_social_login
from django.http import HttpResponse

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
    settings.SOCIALACCOUNT_ADAPTER = "tests.identity.esia.adapter.Adapter"
    return _running


@pytest.fixture(params=["pkcs7", "raw"])
def flavour(request, gosuslugi, settings):
    settings.ESIA_FLAVOUR = request.param
    return request.param


@pytest.fixture
def proved():
    """Whom Kabinet was told of; it ends there, before anything is made of it."""
    seen = []

    def keep(sender, request, sociallogin, **_more):
        seen.append(sociallogin)
        raise ImmediateHttpResponse(HttpResponse("proved"))

    pre_social_login.connect(keep)
    yield seen
    pre_social_login.disconnect(keep)
