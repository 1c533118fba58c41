"""The two ways in which ESIA lets a system sign its requests: addresses, and what is signed in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Flavour(StrEnum):
    PKCS7 = "pkcs7"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Protocol:
    """``signed`` and ``signed_with_code``: whose values are joined and signed at the first and the second step."""

    authorize: str
    token: str
    signed: tuple[str, ...]
    signed_with_code: tuple[str, ...]
    names_certificate: bool
    has_pkce: bool


_OLD = ("scope", "timestamp", "client_id", "state")
_NEW = ("client_id", "scope", "timestamp", "state", "redirect_uri")
PROTOCOLS: Mapping[Flavour, Protocol] = {
    Flavour.PKCS7: Protocol(
        "/aas/oauth2/ac", "/aas/oauth2/te", _OLD, _OLD, names_certificate=False, has_pkce=False
    ),
    Flavour.RAW: Protocol(
        "/aas/oauth2/v2/ac",
        "/aas/oauth2/v3/te",
        _NEW,
        (*_NEW, "code"),
        names_certificate=True,
        has_pkce=True,
    ),
}
