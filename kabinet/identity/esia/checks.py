"""Whether what ESIA needs fits together: found at start, not by the first person who presses the button."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from django.conf import settings
from django.core.checks import (
    CheckMessage,
    Error,
    Tags,
    Warning,  # noqa: A004 -- Django's own name
    register,
)

from kabinet.identity.esia.flavours import PROTOCOLS, Flavour
from kabinet.identity.esia.markers import read_public_key
from kabinet.identity.esia.signers import read_certificate, read_key


@register(Tags.security)
def check_esia(**_kwargs: object) -> list[CheckMessage]:
    """Refuse a half configured sign-in through Gosuslugi; silent when it is not wanted."""
    return [*_missing(), *_unreadable()] if settings.ESIA_CLIENT_ID else []


@register(Tags.security, deploy=True)
def check_address(**_kwargs: object) -> list[CheckMessage]:
    """Warn where markers and names would come by an open line; the demo's stand-in is on the same machine."""
    if not settings.ESIA_CLIENT_ID or settings.ESIA_URL.startswith("https://"):
        return []
    return [
        Warning(
            "KABINET_ESIA_URL is not https: fit for a sandbox on the same machine only.",
            id="esia.W001",
        )
    ]


def _needed() -> dict[str, object]:
    """What this flavour and this signer can't do without, by the names of the variables."""
    needed: dict[str, object] = {"KABINET_ESIA_PUBLIC_KEY": settings.ESIA_PUBLIC_KEY}
    flavour = Flavour(settings.ESIA_FLAVOUR)
    if PROTOCOLS[flavour].names_certificate:
        needed["KABINET_ESIA_CERTIFICATE_HASH"] = settings.ESIA_CERTIFICATE_HASH
    if settings.ESIA_SIGNER == "command":
        needed["KABINET_ESIA_SIGN_COMMAND"] = settings.ESIA_SIGN_COMMAND
    if settings.ESIA_SIGNER == "rsa":
        needed["KABINET_ESIA_KEY"] = settings.ESIA_KEY
        if flavour is Flavour.PKCS7:
            needed["KABINET_ESIA_CERTIFICATE"] = settings.ESIA_CERTIFICATE
    return needed


def _missing() -> Iterator[CheckMessage]:
    for name, value in _needed().items():
        if not value:
            yield Error(
                f"KABINET_ESIA_CLIENT_ID is set and {name} is not: nobody could sign in through Gosuslugi.",
                hint=f"Set {name} (or {name}_FILE), or leave KABINET_ESIA_CLIENT_ID empty.",
                id="esia.E001",
            )
    if "openid" not in settings.ESIA_SCOPE:
        yield Error(
            "KABINET_ESIA_SCOPE has no 'openid': ESIA would not say who came.", id="esia.E002"
        )


def _unreadable() -> Iterator[CheckMessage]:
    readers = {
        "KABINET_ESIA_PUBLIC_KEY": (read_public_key, settings.ESIA_PUBLIC_KEY),
        "KABINET_ESIA_KEY": (read_key, settings.ESIA_KEY),
        "KABINET_ESIA_CERTIFICATE": (read_certificate, settings.ESIA_CERTIFICATE),
    }
    broken = [name for name, (read, pem) in readers.items() if pem and not _reads(read, pem)]
    for name in broken:
        yield Error(f"{name} can't be read as PEM of an RSA key or a certificate.", id="esia.E003")
    if not broken and settings.ESIA_SIGNER == "rsa":
        yield from _not_matching()
    command = settings.ESIA_SIGN_COMMAND
    if settings.ESIA_SIGNER == "command" and command and shutil.which(command[0]) is None:
        yield Error(
            f"KABINET_ESIA_SIGN_COMMAND: there is no program {command[0]!r}.", id="esia.E004"
        )


def _not_matching() -> Iterator[CheckMessage]:
    if not settings.ESIA_KEY or not settings.ESIA_CERTIFICATE:
        return
    own = read_key(settings.ESIA_KEY).public_key()
    if read_certificate(settings.ESIA_CERTIFICATE).public_key() != own:
        yield Error(
            "KABINET_ESIA_KEY and KABINET_ESIA_CERTIFICATE do not belong together.", id="esia.E005"
        )


def _reads(read: object, pem: str) -> bool:
    assert callable(read)  # noqa: S101 -- all three are functions
    try:
        read(pem)
    except (ValueError, TypeError):
        return False
    return True
