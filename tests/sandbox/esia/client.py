"""A client system as seen from outside: speaks HTTP to the stand-in and signs by rules of its own."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import http.client
import json
import re
import uuid
from functools import cache
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from sandbox.esia import keys
from sandbox.esia.clients import Client
from sandbox.esia.server import Sandbox

MNEMONIC, REDIRECT = "KABINET", "http://client.example/back/"
SCOPE = "openid fullname email mobile"
VERIFIER = "v" * 43
ADDRESSES = {
    "pkcs7": ("/aas/oauth2/ac", "/aas/oauth2/te"),
    "raw": ("/aas/oauth2/v2/ac", "/aas/oauth2/v3/te"),
}


@cache
def own_key():
    return keys.new_key()


@cache
def client_key():
    return keys.new_key()


@cache
def stranger_key():
    return keys.new_key()


@cache
def certificate():
    return keys.certificate_for(client_key(), MNEMONIC)


def start(*, redirect=REDIRECT, **more):
    client = Client(MNEMONIC, certificate(), (redirect,), **more)
    return Sandbox([client], own_key())


def pkcs7(text, key=None, options=(PKCS7Options.Binary, PKCS7Options.DetachedSignature)):
    builder = PKCS7SignatureBuilder().set_data(text.encode())
    builder = builder.add_signer(certificate(), key or client_key(), hashes.SHA256())
    return _b64(builder.sign(Encoding.DER, list(options)))


def raw(text, key=None):
    return _b64((key or client_key()).sign(text.encode(), PKCS1v15(), hashes.SHA256()))


def challenge(verifier=VERIFIER):
    return _b64(hashlib.sha256(verifier.encode()).digest()).rstrip("=")


def _b64(data):
    return base64.urlsafe_b64encode(data).decode()


class System:
    """``flavour`` is «pkcs7» or «raw»; what a call is given replaces what it would have sent, None leaves it out."""

    def __init__(self, url, flavour):
        self.url, self.flavour = url, flavour
        self.ac, self.te = ADDRESSES[flavour]

    def fields(self, **more):
        fields = {
            "client_id": MNEMONIC,
            "redirect_uri": REDIRECT,
            "scope": SCOPE,
            "state": str(uuid.uuid4()),
            "timestamp": dt.datetime.now(dt.UTC).strftime("%Y.%m.%d %H:%M:%S +0000"),
        }
        if self.flavour == "raw":
            digest = hashlib.sha256(certificate().public_bytes(Encoding.DER))
            fields["client_certificate_hash"] = digest.hexdigest()
        return {**fields, **more}

    def signed(self, fields, key=None):
        told = {name: text or "" for name, text in fields.items()}
        if self.flavour == "pkcs7":
            text = told["scope"] + told["timestamp"] + told["client_id"] + told["state"]
            secret = pkcs7(text, key)
        else:
            text = told["client_id"] + told["scope"] + told["timestamp"] + told["state"]
            secret = raw(text + told["redirect_uri"] + told.get("code", ""), key)
        sent = {"client_secret": secret, **fields}
        return {name: text for name, text in sent.items() if text is not None}

    def asking(self, *, key=None, **more):
        fields = self.fields(response_type="code", access_type="online")
        return self.signed({**fields, **more}, key)

    def authorize(self, **more):
        return self.send_authorize(self.asking(**more))

    def send_authorize(self, fields, cookie=""):
        return self.request("GET", f"{self.ac}?{urlencode(fields)}", headers={"Cookie": cookie})

    def ticket(self, **more):
        status, _, page = self.authorize(**more)
        assert status == 200, page
        return ticket_in(page)

    def choose(self, ticket, **form):
        status, headers, _ = self.fill("/login", ticket=ticket, **form)
        assert status == 303
        return headers

    def code(self, oid, **more):
        address = self.choose(self.ticket(**more), person=oid)["Location"]
        return dict(parse_qsl(urlsplit(address).query))["code"]

    def exchange(self, code, /, *, key=None, **more):
        fields = self.fields(grant_type="authorization_code", token_type="Bearer", code=code)
        status, _, body = self.fill(self.te, **self.signed({**fields, **more}, key))
        return status, json.loads(body)

    def markers(self, oid, **more):
        status, answer = self.exchange(self.code(oid, **more), **more)
        assert status == 200, answer
        return answer

    def read(self, path, marker):
        return self.json("GET", path, headers={"Authorization": f"Bearer {marker}"})

    def control(self, path, fields=None, verb=None):
        verb = verb or ("GET" if fields is None else "POST")
        body = json.dumps(fields) if fields is not None else None
        return self.json(verb, f"/control/{path}", body, {"Content-Type": "application/json"})

    def json(self, verb, path, body=None, headers=None):
        status, _, text = self.request(verb, path, body, headers)
        return status, json.loads(text)

    def fill(self, path, **fields):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.request("POST", path, urlencode(fields), form)

    def request(self, verb, path, body=None, headers=None):
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            connection.request(verb, path, body=body, headers=headers or {})
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
            return response.status, dict(response.getheaders()), text
        finally:
            connection.close()


def ticket_in(page):
    return re.search('name="ticket" value="([^"]+)"', page)[1]


def told(address):
    """What the client hears at its own address."""
    return dict(parse_qsl(urlsplit(address).query))


def claims(marker):
    head, body, _ = marker.split(".")
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, body)]
