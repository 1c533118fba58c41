"""Whether a client_secret is a signature by the key of the client's certificate: raw, or inside a detached PKCS#7."""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from sandbox.esia import der

SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
SHA256 = bytes.fromhex("608648016503040201")


def fits_raw(secret: str, text: str, certificate: Certificate) -> bool:
    return _fits(_decoded(secret), text.encode(), certificate)


def fits_pkcs7(secret: str, text: str, certificate: Certificate) -> bool:
    """Check a detached signature that carries the certificate and was made over ``text``."""
    try:
        signed = _signed_data(_decoded(secret))
        digest, attributes, signature = _signer(signed)
    except (der.Malformed, IndexError, ValueError):
        return False
    if digest != SHA256 or certificate.public_bytes(Encoding.DER) not in _certificates(signed):
        return False
    if attributes is None:
        return _fits(signature, text.encode(), certificate)
    if _digest_in(attributes) != hashlib.sha256(text.encode()).digest():
        return False
    # Signed is the SET itself, not the tagged form that stands in the message (RFC 5652, 5.4).
    return _fits(signature, bytes([der.SET]) + attributes.whole[1:], certificate)


def _decoded(secret: str) -> bytes:
    """Read base64url with or without its padding; what is neither fits nothing."""
    try:
        return base64.b64decode(secret + "=" * (-len(secret) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _fits(signature: bytes, signed: bytes, certificate: Certificate) -> bool:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(signature, signed, PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _signed_data(message: bytes) -> list[der.Element]:
    kind, tagged = der.read_one(message).parts
    if kind.content != SIGNED_DATA:
        raise der.Malformed("no SignedData")
    parts = tagged.parts[0].parts
    content = parts[2].parts
    if len(content) != 1:
        raise der.Malformed("the signature is not detached")
    return parts


def _certificates(signed: list[der.Element]) -> list[bytes]:
    return [
        one.whole for part in signed if part.tag == der.TAGGED for one in der.read_all(part.content)
    ]


def _signer(signed: list[der.Element]) -> tuple[bytes, der.Element | None, bytes]:
    """Give the digest's OID, the signed attributes if any, and the signature of the only signer."""
    (signer,) = signed[-1].parts
    _version, _issuer, digest, *rest = signer.parts
    attributes = rest.pop(0) if rest[0].tag == der.TAGGED else None
    _algorithm, signature = rest[:2]
    return digest.parts[0].content, attributes, signature.content


def _digest_in(attributes: der.Element) -> bytes:
    for attribute in attributes.parts:
        kind, values = attribute.parts
        if kind.content == MESSAGE_DIGEST:
            return values.parts[0].content
    return b""
