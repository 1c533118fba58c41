from __future__ import annotations

import hashlib

import pytest
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.signals import pre_social_login
from cryptography.hazmat.primitives.serialization import Encoding
from django.http import HttpResponse

from sandbox.esia import keys
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
    certificate = stand_in.certificate()
    settings.SITE_URL = SITE
    settings.SOCIALACCOUNT_ADAPTER = "tests.identity.esia.adapter.Adapter"
    settings.ESIA_CLIENT_ID = stand_in.MNEMONIC
    settings.SOCIALACCOUNT_PROVIDERS = {"esia": {"APPS": [{"client_id": stand_in.MNEMONIC}]}}
    settings.ESIA_URL = _running.url
    settings.ESIA_PUBLIC_KEY = keys.public_pem(stand_in.own_key()).decode()
    settings.ESIA_FLAVOUR, settings.ESIA_SIGNER = "raw", "rsa"
    settings.ESIA_KEY = keys.private_pem(stand_in.client_key()).decode()
    settings.ESIA_CERTIFICATE = certificate.public_bytes(Encoding.PEM).decode()
    settings.ESIA_CERTIFICATE_HASH = hashlib.sha256(
        certificate.public_bytes(Encoding.DER)
    ).hexdigest()
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
