"""What ESIA remembers: requests that wait for a person, codes, states that were used, people who are signed in."""

from __future__ import annotations

import datetime as dt
import secrets
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from sandbox.esia import asked
from sandbox.esia.clients import Client, Fields, Flavour
from sandbox.esia.errors import Refusal
from sandbox.esia.people import PEOPLE, Person
from sandbox.esia.tokens import Mint

CODE_LASTS = dt.timedelta(minutes=2)
MARKER_LASTS = dt.timedelta(hours=1)
IDENTITY_LASTS = dt.timedelta(hours=3)
ISSUER = "http://esia.gosuslugi.ru/"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A checked request that waits on the sign-in page."""

    client: Client
    flavour: Flavour
    redirect_uri: str
    scope: str
    state: str
    challenge: str | None


@dataclass(frozen=True, slots=True)
class Code:
    ticket: Ticket
    person: Person
    signed_in_at: dt.datetime
    expires_at: dt.datetime


class Esia:
    def __init__(
        self, clients: Iterable[Client], mint: Mint, *, issuer: str = ISSUER, base_url: str = ""
    ) -> None:
        self.clients = {client.mnemonic: client for client in clients}
        self.mint, self.issuer, self.base_url = mint, issuer, base_url
        self.now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
        self._lock = threading.Lock()
        self._tickets: dict[str, Ticket] = {}
        self._codes: dict[str, Code] = {}
        self._used_states: set[str] = set()
        self._sessions: dict[str, Person] = {}

    def begin(self, flavour: Flavour, fields: Fields) -> str:
        """Take a request to sign somebody in, and give the name under which it waits for the person.

        :raises Refusal: it may not be; see ``refused_to`` for whether the client may be told.
        """
        client = asked.client_of(self.clients, fields)
        asked.check_authorize(client, flavour, fields, self.now())
        ticket = Ticket(
            client,
            flavour,
            fields["redirect_uri"],
            fields["scope"],
            fields["state"],
            fields.get("code_challenge"),
        )
        with self._lock:
            if ticket.state in self._used_states:
                raise Refusal("invalid_request", "007003", "state")
            name = secrets.token_urlsafe(24)
            self._tickets[name] = ticket
        return name

    def refused_to(self, fields: Fields, refusal: Refusal) -> str | None:
        """Give the address at which the client hears of a refusal; nothing when the address can't be trusted."""
        try:
            asked.client_of(self.clients, fields)
        except Refusal:
            return None
        return _address(fields["redirect_uri"], refusal, fields.get("state", ""))

    def ticket(self, name: str) -> Ticket | None:
        with self._lock:
            return self._tickets.get(name)

    def session_of(self, name: str) -> Person | None:
        with self._lock:
            return self._sessions.get(name)

    def sign_in(self, name: str, person: Person) -> tuple[str, str] | None:
        """End the wait of a request: give the address to go on to and the name of the person's session here."""
        ticket = self._take(name)
        if ticket is None:
            return None
        session = secrets.token_urlsafe(24)
        with self._lock:
            self._sessions[session] = person
        if ticket.client.confirmed_only and not person.is_confirmed:
            refusal = Refusal("access_denied", "007055")
            return _address(ticket.redirect_uri, refusal, ticket.state), session
        now, code = self.now(), secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = Code(ticket, person, now, now + CODE_LASTS)
        query = urlencode({"code": code, "state": ticket.state})
        return f"{ticket.redirect_uri}?{query}", session

    def refuse(self, name: str) -> str | None:
        """The person would rather not."""
        ticket = self._take(name)
        if ticket is None:
            return None
        return _address(ticket.redirect_uri, Refusal("access_denied", "007004"), ticket.state)

    def exchange(self, flavour: Flavour, fields: Fields) -> dict[str, object]:
        """Give markers for a code, once.

        :raises Refusal: the code is not good, or does not belong to this request.
        """
        client = asked.client_of(self.clients, fields)
        asked.check_token(client, flavour, fields, self.now())
        with self._lock:
            if fields["state"] in self._used_states:
                raise Refusal("invalid_request", "007003", "state")
            self._used_states.add(fields["state"])
            code = self._codes.pop(fields["code"], None)
        if code is None or code.expires_at < self.now() or not _belongs(code, client, fields):
            raise Refusal("invalid_grant", "007011")
        if code.ticket.flavour is not flavour:
            raise Refusal("invalid_grant", "007011")
        asked.check_verifier(code.ticket.challenge, fields.get("code_verifier"))
        return {
            "access_token": self.mint.access_marker(self._access(code)),
            "id_token": self.mint.identity_marker(self._identity(code)),
            "state": fields["state"],
            "token_type": "Bearer",
            "expires_in": int(MARKER_LASTS.total_seconds()),
        }

    def sign_out(self, session: str, fields: Fields) -> str | None:
        """End the session here, and give the client's address to go back to, where it is one of its own."""
        with self._lock:
            self._sessions.pop(session, None)
        client = self.clients.get(fields.get("client_id", ""))
        wanted = fields.get("redirect_url", "")
        origins = {_origin(uri) for uri in client.redirect_uris} if client else set()
        return wanted if wanted and _origin(wanted) in origins else None

    def reader(self, marker: str) -> tuple[Person, frozenset[str]] | None:
        """Whose data an access marker opens, and which of them."""
        claims = self.mint.read(marker)
        if claims is None or claims.get("exp", 0) < self.now().timestamp():
            return None
        scopes = frozenset(word.partition("?")[0] for word in claims["scope"].split(" "))
        return PEOPLE[claims["urn:esia:sbj_id"]], scopes

    def forget(self) -> None:
        with self._lock:
            for kept in (self._tickets, self._codes, self._used_states, self._sessions):
                kept.clear()

    def _take(self, name: str) -> Ticket | None:
        with self._lock:
            ticket = self._tickets.pop(name, None)
            if ticket is not None:
                self._used_states.add(ticket.state)
            return ticket

    def _access(self, code: Code) -> dict[str, object]:
        oid = code.person.oid
        scopes = [word for word in code.ticket.scope.split(" ") if word != "openid"]
        return {
            **self._times(MARKER_LASTS),
            "iss": self.issuer,
            "client_id": code.ticket.client.mnemonic,
            "scope": " ".join(["openid", *(f"{word}?oid={oid}" for word in scopes)]),
            "urn:esia:sid": str(uuid.uuid4()),
            "urn:esia:sbj_id": oid,
        }

    def _identity(self, code: Code) -> dict[str, object]:
        """The subject's mark of a confirmed account is left out where the account is not."""
        person = code.person
        subject = {
            "urn:esia:sbj:typ": "P",
            "urn:esia:sbj:oid": person.oid,
            "urn:esia:sbj:nam": f"OID.{person.oid}",
        }
        if person.is_confirmed:
            subject["urn:esia:sbj:is_tru"] = True
        return {
            **self._times(IDENTITY_LASTS),
            "iss": self.issuer,
            "aud": code.ticket.client.mnemonic,
            "sub": person.oid,
            "auth_time": int(code.signed_in_at.timestamp()),
            "urn:esia:sid": str(uuid.uuid4()),
            "urn:esia:amd": "PWD",
            "urn:esia:sbj": subject,
        }

    def _times(self, lasts: dt.timedelta) -> dict[str, object]:
        now = int(self.now().timestamp())
        return {"iat": now, "nbf": now, "exp": now + int(lasts.total_seconds())}


def _belongs(code: Code, client: Client, fields: Fields) -> bool:
    ticket = code.ticket
    asked_before = (ticket.client.mnemonic, ticket.redirect_uri, ticket.scope)
    return asked_before == (client.mnemonic, fields["redirect_uri"], fields["scope"])


def _address(redirect_uri: str, refusal: Refusal, state: str) -> str:
    told = {"error": refusal.error, "error_description": refusal.description, "state": state}
    return f"{redirect_uri}?{urlencode({name: text for name, text in told.items() if text})}"


def _origin(address: str) -> str:
    return "/".join(address.split("/")[:3])
