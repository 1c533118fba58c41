"""ESIA's identity marker: believed only when ESIA signed it, for us, just now (facts §8.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings

from kabinet.identity.esia.problems import MarkerRefused

# Never what the marker's own head says: «none» and HS256 with the public key as the secret are known tricks.
ALGORITHM = "RS256"
LEEWAY_SECONDS = 60
SUBJECT = "urn:esia:sbj"
PERSON = "P"


@dataclass(frozen=True, slots=True)
class Subject:
    """``oid`` is the number of the person's account at ESIA, which never changes."""

    oid: str
    is_confirmed: bool


def read_marker(marker: str) -> Subject:
    """Say whom ESIA vouches for.

    :raises MarkerRefused: the marker is not ESIA's, not for this system, over, or names nobody.
    """
    try:
        claims = jwt.decode(
            marker,
            read_public_key(settings.ESIA_PUBLIC_KEY),
            algorithms=[ALGORITHM],
            audience=settings.ESIA_CLIENT_ID,
            issuer=settings.ESIA_ISSUER,
            leeway=LEEWAY_SECONDS,
            # ESIA writes the subject as a number, where the standard wants a text; it is compared below.
            options={"require": ["exp", "iat", "iss", "aud", "sub"], "verify_sub": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise MarkerRefused(f"the identity marker: {type(error).__name__}") from error
    return _subject(claims)


def _subject(claims: Mapping[str, Any]) -> Subject:
    told = claims.get(SUBJECT)
    if not isinstance(told, dict) or told.get(f"{SUBJECT}:typ") != PERSON:
        raise MarkerRefused("the identity marker is not a person's")
    oid = told.get(f"{SUBJECT}:oid")
    if isinstance(oid, bool) or not isinstance(oid, int) or oid <= 0:
        raise MarkerRefused("the identity marker has no number of an account")
    if str(claims["sub"]) != str(oid):
        raise MarkerRefused("the identity marker names two accounts")
    return Subject(str(oid), is_confirmed=told.get(f"{SUBJECT}:is_tru") is True)


@cache
def read_public_key(pem: str) -> RSAPublicKey:
    """Read ESIA's public key, bare or in its certificate.

    :raises ValueError: it can't be read. :raises TypeError: it is not RSA.
    """
    data = pem.encode()
    key = (
        x509.load_pem_x509_certificate(data).public_key()
        if b"BEGIN CERTIFICATE" in data
        else load_pem_public_key(data)
    )
    if not isinstance(key, RSAPublicKey):
        raise TypeError("ESIA_PUBLIC_KEY is not an RSA key")
    return key
