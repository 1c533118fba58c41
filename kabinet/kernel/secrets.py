"""Secrets that must be read back (an acquirer's key): encrypted in the database under the installation's own key."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SecretUnreadable(Exception):  # noqa: N818 -- a fact, not an error
    """It was sealed under a key that this installation no longer has: type the secret in again."""


def seal(secret: str) -> str:
    return _box().encrypt(secret.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """:raises SecretUnreadable: no key of ours opens it."""
    try:
        return _box().decrypt(sealed.encode("ascii")).decode()
    except InvalidToken as error:
        raise SecretUnreadable from error


def _box() -> MultiFernet:
    """``SECRET_KEY`` seals; the retired keys still open."""
    keys = map(str, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    digest = hashlib.blake2b(key.encode(), person=b"kabinet.secrets", digest_size=32).digest()
    return base64.urlsafe_b64encode(digest)
