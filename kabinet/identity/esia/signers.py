"""Who signs what we ask of ESIA: RSA in this process, or a program that knows GOST (settings.ESIA_SIGNERS).

Plain OpenSSL can't sign by GOST R 34.10-2012; CryptoPro, OpenSSL with a GOST engine or a signing server can, each by
a command of its own.
"""

from __future__ import annotations

import logging
import subprocess
from functools import cache
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from django.conf import settings
from django.utils.module_loading import import_string

from kabinet.identity.esia.flavours import Flavour
from kabinet.identity.esia.problems import CannotSign

logger = logging.getLogger(__name__)

COMMAND_SECONDS = 5.0
LONGEST_COMPLAINT = 300
DETACHED = (PKCS7Options.Binary, PKCS7Options.DetachedSignature, PKCS7Options.NoAttributes)


class Signer(Protocol):
    def __init__(self, flavour: Flavour) -> None: ...

    def sign(self, text: bytes) -> bytes:
        """Give the signature as the flavour wants it: detached PKCS#7 in DER, or the bare bytes.

        :raises CannotSign: there is none.
        """


def signer() -> Signer:
    """Give the signer that this installation has chosen."""
    chosen: type[Signer] = import_string(settings.ESIA_SIGNERS[settings.ESIA_SIGNER])
    return chosen(Flavour(settings.ESIA_FLAVOUR))


class Rsa:
    """Signs in this process by ESIA_KEY; for test environments and sandboxes, since ESIA proper wants GOST."""

    def __init__(self, flavour: Flavour) -> None:
        self._flavour = flavour

    def sign(self, text: bytes) -> bytes:
        try:
            key = read_key(settings.ESIA_KEY)
            if self._flavour is Flavour.RAW:
                return key.sign(text, PKCS1v15(), hashes.SHA256())
            certificate = read_certificate(settings.ESIA_CERTIFICATE)
            builder = PKCS7SignatureBuilder().set_data(text)
            builder = builder.add_signer(certificate, key, hashes.SHA256())
            return builder.sign(Encoding.DER, DETACHED)
        except (ValueError, TypeError) as error:
            raise CannotSign(f"the key or the certificate: {type(error).__name__}") from error


class Command:
    """Signs by a program of the installation: the text on its input, the signature on its output, status 0.

    The program and its arguments are a list from the settings; no shell takes part, and nothing that a visitor sends
    is among the arguments.
    """

    def __init__(self, flavour: Flavour) -> None:
        self._flavour = flavour

    def sign(self, text: bytes) -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 -- the operator's own command
                settings.ESIA_SIGN_COMMAND,
                input=text,
                capture_output=True,
                timeout=COMMAND_SECONDS,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise CannotSign(f"the command: {type(error).__name__}") from error
        if done.returncode != 0 or not done.stdout:
            complaint = done.stderr[:LONGEST_COMPLAINT].decode(errors="replace")
            logger.error("ESIA's signing command ended with %s: %s", done.returncode, complaint)
            raise CannotSign(f"the command ended with {done.returncode}")
        return done.stdout


@cache
def read_key(pem: str) -> RSAPrivateKey:
    """Read the private key; checking one takes longer than signing by it, so once is enough.

    :raises ValueError: it can't be read. :raises TypeError: it is locked, or not RSA.
    """
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("ESIA_KEY is not an RSA key")
    return key


@cache
def read_certificate(pem: str) -> x509.Certificate:
    """:raises ValueError: it can't be read."""
    return x509.load_pem_x509_certificate(pem.encode())
