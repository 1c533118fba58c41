"""What a client system may ask for and must say, at the authorize address and at the token address."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import uuid
from collections.abc import Mapping

from sandbox.esia.clients import Client, Fields, Flavour
from sandbox.esia.errors import Refusal

FRESH = dt.timedelta(minutes=5)
SCOPES = frozenset(
    (
        "openid",
        "fullname",
        "birthdate",
        "gender",
        "snils",
        "inn",
        "id_doc",
        "email",
        "mobile",
        "contacts",
        "addresses",
    )
)
AUTHORIZE = ("client_secret", "scope", "response_type", "state", "timestamp", "access_type")
TOKEN = ("client_secret", "scope", "grant_type", "state", "timestamp", "token_type", "code")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def client_of(clients: Mapping[str, Client], fields: Fields) -> Client:
    """Say who asks and that the answer may go where it is wanted.

    :raises Refusal: not known; nothing may be sent to the address in the request then.
    """
    for name in ("client_id", "redirect_uri"):
        if not fields.get(name):
            raise Refusal("invalid_request", "007014", name)
    client = clients.get(fields["client_id"])
    if client is None:
        raise Refusal("unauthorized_client", "007002")
    if fields["redirect_uri"] not in client.redirect_uris:
        raise Refusal("invalid_request", "007023")
    return client


def check_authorize(client: Client, flavour: Flavour, fields: Fields, now: dt.datetime) -> None:
    """:raises Refusal: something is missing, not allowed, stale, or not signed by this client."""
    _check_common(client, flavour, fields, AUTHORIZE, now)
    if fields["response_type"] != "code":
        raise Refusal("unsupported_response_type", "007009")
    if fields["access_type"] not in {"online", "offline"}:
        raise Refusal("invalid_request", "007003", "access_type")
    challenge = fields.get("code_challenge")
    if challenge is not None and (
        fields.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(challenge)
    ):
        raise Refusal("invalid_request", "007003", "code_challenge")
    _check_signature(client, flavour, fields, flavour.signed)


def check_token(client: Client, flavour: Flavour, fields: Fields, now: dt.datetime) -> None:
    """:raises Refusal: as above; whether the code is good is not looked at here."""
    _check_common(client, flavour, fields, TOKEN, now)
    if fields["grant_type"] != "authorization_code":
        raise Refusal("unsupported_grant_type", "007012")
    if fields["token_type"] != "Bearer":  # noqa: S105 -- OAuth's word
        raise Refusal("invalid_request", "007003", "token_type")
    _check_signature(client, flavour, fields, flavour.signed_with_code)


def check_verifier(challenge: str | None, verifier: str | None) -> None:
    """:raises Refusal: the one who brings the code is not the one who began."""
    if challenge is None:
        if verifier is not None:
            raise Refusal("invalid_request", "007039")
        return
    given = verifier or ""
    digest = hashlib.sha256(given.encode()).digest()
    wanted = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if not VERIFIER.fullmatch(given) or not hmac.compare_digest(wanted, challenge):
        raise Refusal("invalid_grant", "007040")


def _check_common(
    client: Client, flavour: Flavour, fields: Fields, names: tuple[str, ...], now: dt.datetime
) -> None:
    named = (*names, "client_certificate_hash") if flavour.names_certificate else names
    for name in named:
        if not fields.get(name):
            number = "007013" if name == "scope" else "007014"
            raise Refusal("invalid_request", number, name)
    if not set(fields["scope"].split(" ")) <= SCOPES:
        raise Refusal("invalid_scope", "007006")
    if not _is_uuid(fields["state"]):
        raise Refusal("invalid_request", "007003", "state")
    if not _is_fresh(fields["timestamp"], now):
        raise Refusal("invalid_request", "007015")
    named_hash = fields.get("client_certificate_hash", "")
    if flavour.names_certificate and named_hash.upper() != client.certificate_hash:
        raise Refusal("unauthorized_client", "007002")


def _check_signature(
    client: Client, flavour: Flavour, fields: Fields, signed: tuple[str, ...]
) -> None:
    text = "".join(fields[name] for name in signed)
    if not flavour.fits(fields["client_secret"], text, client.certificate):
        raise Refusal("unauthorized_client", "007053")


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_fresh(text: str, now: dt.datetime) -> bool:
    try:
        said = dt.datetime.strptime(text, "%Y.%m.%d %H:%M:%S %z")
    except ValueError:
        return False
    return abs(now - said) <= FRESH
