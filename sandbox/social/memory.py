"""What the services remember: requests that wait for a person, codes, markers."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from sandbox.social.people import Person
from sandbox.social.services import Client, Fields, Service

CODE_LASTS = dt.timedelta(minutes=10)
MARKER_LASTS = dt.timedelta(hours=1)
VERIFIER = re.compile(r"[A-Za-z0-9_-]{43,128}\Z")


class Refusal(Exception):  # noqa: N818 -- the protocol's own answer
    """``error`` is the protocol's word, ``description`` says more."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description = error, description


@dataclass(frozen=True, slots=True)
class Ticket:
    """A checked request that waits on the sign-in page."""

    service: Service
    client: Client
    redirect_uri: str
    scopes: frozenset[str]
    state: str
    challenge: str


@dataclass(frozen=True, slots=True)
class Grant:
    ticket: Ticket
    person: Person
    device: str
    expires_at: dt.datetime


class Memory:
    def __init__(self, clients: Iterable[Client]) -> None:
        self.clients = {client.number: client for client in clients}
        self.now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
        self._lock = threading.Lock()
        self._tickets: dict[str, Ticket] = {}
        self._codes: dict[str, Grant] = {}
        self._markers: dict[str, Grant] = {}

    def begin(self, service: Service, fields: Fields) -> str:
        """Take a request to sign somebody in, and give the name under which it waits for the person.

        :raises Refusal: it may not be; nothing is told to an address that is not the client's.
        """
        client = self._client(fields)
        if fields.get("redirect_uri") not in client.redirect_uris:
            raise Refusal("invalid_request", "redirect_uri")
        if fields.get("response_type") != "code" or not fields.get("state"):
            raise Refusal("invalid_request", "response_type and state are wanted")
        if fields.get("code_challenge_method") != "S256" or not fields.get("code_challenge"):
            raise Refusal("invalid_request", "code_challenge by S256 is wanted")
        scopes = frozenset(fields.get("scope", "").split())
        if not scopes <= service.scopes:
            raise Refusal("invalid_scope", "unknown scope")
        ticket = Ticket(
            service,
            client,
            fields["redirect_uri"],
            scopes,
            fields["state"],
            fields["code_challenge"],
        )
        name = secrets.token_urlsafe(24)
        with self._lock:
            self._tickets[name] = ticket
        return name

    def ticket(self, name: str) -> Ticket | None:
        with self._lock:
            return self._tickets.get(name)

    def sign_in(self, name: str, person: Person) -> str | None:
        """End the wait of a request: give the address to go on to."""
        ticket = self._take(name)
        if ticket is None:
            return None
        code, device = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = Grant(ticket, person, device, self.now() + CODE_LASTS)
        told = {"code": code, "state": ticket.state}
        if ticket.service.names_device:
            told |= {"type": "code_v2", "device_id": device, "expires_in": "600"}
        return f"{ticket.redirect_uri}?{urlencode(told)}"

    def refuse(self, name: str) -> str | None:
        """The person would rather not."""
        ticket = self._take(name)
        if ticket is None:
            return None
        told = {"error": "access_denied", "error_description": "User denied", "state": ticket.state}
        return f"{ticket.redirect_uri}?{urlencode(told)}"

    def exchange(self, service: Service, fields: Fields) -> dict[str, object]:
        """Give a marker for a code, once.

        :raises Refusal: the code is not good, or does not belong to this request.
        """
        client = self._client(fields)
        if not hmac.compare_digest(fields.get("client_secret", ""), client.secret):
            raise Refusal("invalid_client", "client_secret")
        if fields.get("grant_type") != "authorization_code":
            raise Refusal("unsupported_grant_type", "authorization_code is wanted")
        with self._lock:
            grant = self._codes.pop(fields.get("code", ""), None)
        if grant is None or grant.expires_at < self.now() or grant.ticket.service is not service:
            raise Refusal("invalid_grant", "code")
        _check(grant, client, fields)
        marker = secrets.token_urlsafe(48)
        with self._lock:
            self._markers[marker] = grant
        answer: dict[str, object] = {
            "access_token": marker,
            "refresh_token": secrets.token_urlsafe(48),
            "token_type": "Bearer",
            "expires_in": int(MARKER_LASTS.total_seconds()),
            "scope": " ".join(sorted(grant.ticket.scopes)),
        }
        if service.names_device:
            answer |= {"user_id": grant.person.number, "state": fields.get("state", "")}
        return answer

    def reader(self, service: Service, marker: str) -> Grant | None:
        """Whose data a marker opens, and which of them."""
        with self._lock:
            grant = self._markers.get(marker)
        return grant if grant is not None and grant.ticket.service is service else None

    def forget(self) -> None:
        with self._lock:
            for kept in (self._tickets, self._codes, self._markers):
                kept.clear()

    def _client(self, fields: Fields) -> Client:
        client = self.clients.get(fields.get("client_id", ""))
        if client is None:
            raise Refusal("invalid_client", "client_id")
        return client

    def _take(self, name: str) -> Ticket | None:
        with self._lock:
            return self._tickets.pop(name, None)


def _check(grant: Grant, client: Client, fields: Fields) -> None:
    """:raises Refusal: whoever brings the code is not the one who asked for it."""
    ticket = grant.ticket
    if client is not ticket.client or fields.get("redirect_uri") != ticket.redirect_uri:
        raise Refusal("invalid_grant", "another client or address")
    if ticket.service.names_device and fields.get("device_id") != grant.device:
        raise Refusal("invalid_request", "device_id")
    verifier = fields.get("code_verifier", "")
    digest = hashlib.sha256(verifier.encode()).digest()
    wanted = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if not VERIFIER.fullmatch(verifier) or not hmac.compare_digest(wanted, ticket.challenge):
        raise Refusal("invalid_grant", "code_verifier")
