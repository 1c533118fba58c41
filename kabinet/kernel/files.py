"""Stored files: opaque keys in the default storage, contents checked against their SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Container, Iterator, Sequence
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


class FileUnusable(Exception):  # noqa: N818 -- a fact, not an error
    """The storage has lost the file, or gives other bytes than were put there."""


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def store(content: bytes, *, folder: str, suffix: str) -> str:
    """Keep the bytes and return the key: it tells nothing, and nobody can guess another."""
    token = secrets.token_hex(16)
    return default_storage.save(f"{folder}/{token[:2]}/{token}{suffix}", ContentFile(content))


def restore(content: bytes, *, key: str) -> None:
    """Put bytes back under a key that already stands in the database."""
    default_storage.delete(key)
    saved = default_storage.save(key, ContentFile(content))
    if saved != key:
        # Another process mended it in between; a storage never writes over a file.
        default_storage.delete(saved)


def read(key: str, *, sha256: str) -> bytes:
    """:raises FileUnusable: the file is gone or is not what was stored."""
    try:
        with default_storage.open(key) as file:
            content: bytes = file.read()
    except OSError as error:
        raise FileUnusable(f"{key}: {error}") from error
    if digest(content) != sha256:
        raise FileUnusable(f"{key}: the checksum differs")
    return content


def discard(key: str) -> None:
    default_storage.delete(key)


def stray(known: Container[str], *, folder: str, before: datetime) -> Iterator[str]:
    """Give the keys in a folder, older than a moment, that nobody knows of any more."""
    for part in _names(folder, 0):
        for name in _names(f"{folder}/{part}", 1):
            key = f"{folder}/{part}/{name}"
            if key not in known and default_storage.get_modified_time(key) < before:
                yield key


def _names(folder: str, kind: int) -> Sequence[str]:
    """Folders (0) or files (1) in a folder, which may not be there yet."""
    try:
        return default_storage.listdir(folder)[kind]
    except FileNotFoundError:
        return []
