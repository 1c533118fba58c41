"""ESIA's markers: JWT signed with RS256, and what may be wrong with them on purpose."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sandbox.esia.keys import new_key, public_pem

Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Slip:
    """How the next identity marker is wrong: claims changed or left out, another algorithm, a stranger's key.

    ``alg``: RS256, none, or HS256 with the public key as the secret, which careless clients take.
    """

    claims: Claims = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    alg: str = "RS256"
    by_stranger: bool = False


class Mint:
    def __init__(self, key: RSAPrivateKey) -> None:
        self._key = key
        self._lock = threading.Lock()
        self._slip: Slip | None = None

    def spoil_next(self, fields: dict[str, Any]) -> None:
        """:raises ValueError: there is no such slip."""
        try:
            slip = Slip(**fields)
        except TypeError as wrong:
            raise ValueError(str(wrong)) from None
        with self._lock:
            self._slip = slip

    def ahead(self) -> dict[str, Any] | None:
        with self._lock:
            return asdict(self._slip) if self._slip else None

    def access_marker(self, claims: Claims) -> str:
        return self._signed({"alg": "RS256", "typ": "JWT", "sbt": "access", "ver": 1}, claims)

    def identity_marker(self, claims: Claims) -> str:
        with self._lock:
            slip, self._slip = self._slip or Slip(), None
        told = {
            name: value
            for name, value in {**claims, **slip.claims}.items()
            if name not in slip.dropped
        }
        head = {"alg": slip.alg, "typ": "JWT", "sbt": "id", "ver": 1}
        if slip.alg == "none":
            return f"{_joined(head, told)}."
        if slip.alg == "HS256":
            text = _joined(head, told)
            return f"{text}.{_b64(hmac.digest(public_pem(self._key), text.encode(), 'sha256'))}"
        return self._signed(head, told, new_key() if slip.by_stranger else self._key)

    def read(self, marker: str) -> Claims | None:
        """Give the claims of a marker that was made here; nothing for any other text."""
        text, _dot, signature = marker.rpartition(".")
        try:
            given = base64.urlsafe_b64decode(signature + "==")
            self._key.public_key().verify(given, text.encode(), PKCS1v15(), hashes.SHA256())
            claims = json.loads(base64.urlsafe_b64decode(text.partition(".")[2] + "=="))
        except (InvalidSignature, ValueError):
            return None
        return claims if isinstance(claims, dict) else None

    def _signed(self, head: Claims, claims: Claims, key: RSAPrivateKey | None = None) -> str:
        text = _joined(head, claims)
        return f"{text}.{_b64((key or self._key).sign(text.encode(), PKCS1v15(), hashes.SHA256()))}"


def _joined(head: Claims, claims: Claims) -> str:
    return (
        f"{_b64(json.dumps(head).encode())}.{_b64(json.dumps(claims, ensure_ascii=False).encode())}"
    )


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
