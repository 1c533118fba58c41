"""Keys and certificates of the stand-in: ESIA's own, and one that a certificate centre would give to a client system."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

OWN_KEY, OWN_PUBLIC = "esia.key", "esia.pub"
CLIENT_KEY, CLIENT_CERTIFICATE = "client.key", "client.pem"
LASTS = dt.timedelta(days=365 * 10)


def new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def certificate_for(key: RSAPrivateKey, mnemonic: str) -> x509.Certificate:
    """Give a certificate by which the client system of this mnemonic signs what it asks."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, mnemonic)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + LASTS)
    )
    return builder.sign(key, hashes.SHA256())


def read_key(pem: bytes) -> RSAPrivateKey:
    """:raises TypeError: it is a key of another kind. :raises ValueError: it is none."""
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("an RSA key is needed")
    return key


def make(folder: Path, mnemonic: str) -> None:
    """Write all four files, unless they are there: a client system keeps its key over restarts."""
    folder.mkdir(parents=True, exist_ok=True)
    names = (OWN_KEY, OWN_PUBLIC, CLIENT_KEY, CLIENT_CERTIFICATE)
    if all((folder / name).exists() for name in names):
        return
    own, client = new_key(), new_key()
    certificate = certificate_for(client, mnemonic).public_bytes(Encoding.PEM)
    contents = (private_pem(own), public_pem(own), private_pem(client), certificate)
    for name, content in zip(names, contents, strict=True):
        path = folder / name
        path.touch(mode=0o600)
        path.write_bytes(content)
