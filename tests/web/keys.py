"""A device of tests that holds passkeys, and an app that shows codes."""

from __future__ import annotations

import hashlib
import json
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

ORIGIN, HOST = "http://localhost:8000", "localhost"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Device:
    """Answers a question as a browser's script would send it; what it is told to do wrong, it does."""

    def __init__(self, *, origin=ORIGIN, host=HOST, is_verified=True, count=0):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = hashlib.sha256(str(id(self)).encode()).digest()
        self.origin, self.host = origin, host
        self.flags = PRESENT | (VERIFIED if is_verified else 0)
        # How often it has signed; most devices of today do not count.
        self.owner, self.count = b"", count

    def create(self, options):
        asked = json.loads(options)["publicKey"]
        self.owner = websafe_decode(asked["user"]["id"])
        public = ES256.from_cryptography_key(self.key.public_key())
        held = AttestedCredentialData.create(bytes(16), self.credential_id, public)
        told = AuthenticatorData.create(self._host_hash(), self.flags | ATTESTED, self.count, held)
        attestation = AttestationObject.create("none", told, {})
        return self._answer(
            {
                "clientDataJSON": self._client("webauthn.create", asked["challenge"]),
                "attestationObject": bytes(attestation),
            }
        )

    def get(self, options):
        challenge = json.loads(options)["publicKey"]["challenge"]
        told = AuthenticatorData.create(self._host_hash(), self.flags, self.count)
        client = self._client("webauthn.get", challenge)
        signed = bytes(told) + hashlib.sha256(client).digest()
        return self._answer(
            {
                "clientDataJSON": client,
                "authenticatorData": bytes(told),
                "signature": self.key.sign(signed, ec.ECDSA(hashes.SHA256())),
                "userHandle": self.owner,
            }
        )

    def _host_hash(self):
        return hashlib.sha256(self.host.encode()).digest()

    def _client(self, kind, challenge):
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _answer(self, response):
        own = websafe_encode(self.credential_id)
        return json.dumps(
            {
                "id": own,
                "rawId": own,
                "type": "public-key",
                "clientExtensionResults": {},
                "response": {name: websafe_encode(value) for name, value in response.items()},
            }
        )


def app_code(secret, *, later=0):
    """What the app shows now, or so many half-minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))
