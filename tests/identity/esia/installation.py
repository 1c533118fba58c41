"""Kabinet as an installation that the stand-in for Gosuslugi knows."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.esia import keys
from tests.sandbox.esia import client as stand_in


def configure(settings, sandbox, *, site):
    """The raw flavour, signed by RSA; ``site`` is where Kabinet is opened."""
    certificate = stand_in.certificate()
    settings.SITE_URL = site
    settings.ESIA_CLIENT_ID = stand_in.MNEMONIC
    settings.SOCIALACCOUNT_PROVIDERS = {"esia": {"APPS": [{"client_id": stand_in.MNEMONIC}]}}
    settings.ESIA_URL = sandbox.url
    settings.ESIA_PUBLIC_KEY = keys.public_pem(stand_in.own_key()).decode()
    settings.ESIA_FLAVOUR, settings.ESIA_SIGNER = "raw", "rsa"
    settings.ESIA_KEY = keys.private_pem(stand_in.client_key()).decode()
    settings.ESIA_CERTIFICATE = certificate.public_bytes(Encoding.PEM).decode()
    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER))
    settings.ESIA_CERTIFICATE_HASH = digest.hexdigest()
