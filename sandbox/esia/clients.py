"""Client systems and the two ways in which they sign what they ask (methodical recommendations on ESIA)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from sandbox.esia import signatures

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Client:
    """A system that may send people here; ``confirmed_only``: people without a confirmed account are sent back."""

    mnemonic: str
    certificate: Certificate
    redirect_uris: tuple[str, ...]
    name: str = "Центр начислений"
    confirmed_only: bool = False

    @property
    def certificate_hash(self) -> str:
        """What ``client_certificate_hash`` must be. The real ESIA takes the GOST hash of the certificate's file."""
        return hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).hexdigest().upper()


@dataclass(frozen=True, slots=True)
class Flavour:
    """``signed`` and ``signed_with_code``: the parameters whose values are joined and signed, in order."""

    name: str
    signed: tuple[str, ...]
    signed_with_code: tuple[str, ...]
    fits: Callable[[str, str, Certificate], bool]
    names_certificate: bool


_OLD = ("scope", "timestamp", "client_id", "state")
_NEW = ("client_id", "scope", "timestamp", "state", "redirect_uri")
PKCS7 = Flavour("pkcs7", _OLD, _OLD, signatures.fits_pkcs7, names_certificate=False)
RAW = Flavour("raw", _NEW, (*_NEW, "code"), signatures.fits_raw, names_certificate=True)
